"""The shapes of addresses that are secrets themselves, as those of webhooks, in the syntax that `re` and RE2 share."""

_SLASH = r"\\*/"
"""A slash, which JSON may escape."""

URL_SHAPES: dict[str, tuple[str, ...]] = {
    "webhook_url": (
        rf"hooks\.slack(?:-gov)?\.com{_SLASH}(?:services|workflows|triggers){_SLASH}[\w/\\-]{{16,}}",
        rf"discord(?:app)?\.com{_SLASH}api{_SLASH}(?:v\d+{_SLASH})?webhooks{_SLASH}\d{{10,}}{_SLASH}[\w-]{{20,}}",
        rf"webhook\.office(?:365)?\.com{_SLASH}webhook\w*{_SLASH}[\w@/\\-]{{30,}}",
        rf"outlook\.office(?:365)?\.com{_SLASH}webhook\w*{_SLASH}[\w@/\\-]{{30,}}",
        rf"hooks\.zapier\.com{_SLASH}hooks{_SLASH}catch{_SLASH}\d+{_SLASH}\w{{5,}}",
        rf"maker\.ifttt\.com{_SLASH}trigger{_SLASH}[\w{{}}-]+{_SLASH}(?:json{_SLASH})?with{_SLASH}key{_SLASH}[\w-]{{16,}}",
        rf"hook\.\w+\.make\.com{_SLASH}\w{{24,}}",
        rf"hooks\.[\w.-]+{_SLASH}hooks{_SLASH}[a-z0-9]{{26}}",
        rf"chat\.googleapis\.com{_SLASH}v1{_SLASH}spaces{_SLASH}[\w-]+{_SLASH}messages\?[\w&=%.-]{{30,}}",
        rf"logic\.azure\.com(?::443)?{_SLASH}workflows{_SLASH}[\w/\\?&=%.-]{{40,}}",
        rf"open\.(?:feishu\.cn|larksuite\.com){_SLASH}open-apis{_SLASH}bot{_SLASH}v2{_SLASH}hook{_SLASH}[\w-]{{20,}}",
        rf"rtmps?:{_SLASH}{_SLASH}[\w.:-]+{_SLASH}\w+{_SLASH}[\w-]{{16,}}",
        rf"infura\.io{_SLASH}v3{_SLASH}[0-9a-f]{{32}}",
        rf"alchemy\.com{_SLASH}v2{_SLASH}[\w-]{{20,}}",
        rf"events\.pagerduty\.com{_SLASH}integration{_SLASH}[0-9a-f]{{32}}",
    ),
}
"""Addresses that are secrets themselves. They are redacted from the host on."""
