"""The shapes of secrets that are recognized by themselves: the prefixes, lengths and alphabets that vendors document.

Each expression is in the syntax that `re` and RE2 share, so that RE2 can look for all of them in one pass. It begins
with fixed characters, matches no text of fewer than a dozen characters, and needs no look at what surrounds it, except
that a token begins where a word does.
"""

import re

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
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
        rf"events\.pagerduty\.com{_SLASH}integration{_SLASH}[0-9a-f]{{32}}",
    ),
}
"""Addresses that are secrets themselves. They are redacted from the host on."""

TOKEN_SHAPES: dict[str, tuple[str, ...]] = {
    "anthropic_key": (r"sk-ant-[\w-]{16,}",),
    "openai_key": (r"sk-[\w-]{20,}",),
    "stripe_key": (r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,}", r"whsec_[A-Za-z0-9+/]{24,}=*"),
    "github_token": (r"gh[pousr]_[A-Za-z0-9]{20,}", r"github_pat_\w{20,}"),
    "gitlab_token": (
        r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|agent|imt|oas|ffct|wt)-[\w-]{20,}(?:\.[\w.-]+)?",
        r"GR1348941[\w-]{20,}",
    ),
    "slack_token": (
        r"xox[abeoprsd]-[\w-]{10,}",
        r"xoxe\.xox[bp]-\d-[A-Za-z0-9]{20,}",
        r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}",
    ),
    "aws_key_id": (r"A[KS]IA[A-Z0-9]{16}", r"ABSK[A-Za-z0-9+/]{60,}=*", rf"amzn\.mws\.{_UUID}"),
    "aws_key": (r"A(?:B|CC)IA[A-Z0-9]{16}\b",),
    "google_key": (
        r"AIza[\w-]{35}",
        r"GOCSPX-[\w-]{24,}",
        r"ya29\.[\w.-]{20,}",
        r"1//0[\w-]{40,}",
    ),
    "azure_key": (r"sig=[A-Za-z0-9+/%]{40,}(?:%3[Dd]|=)?",),
    "npm_token": (r"npm_[A-Za-z0-9]{36}",),
    "pypi_token": (r"pypi-AgE[\w-]{50,}",),
    "package_token": (r"rubygems_[0-9a-f]{48}", r"cio[A-Za-z0-9]{32}", r"oy2[a-z0-9]{43}", r"CLOJARS_[a-z0-9]{60}"),
    "docker_token": (r"dckr_[op]at_[\w-]{20,}",),
    "artifactory_token": (r"AKCp[A-Za-z0-9]{60,}", r"cmVmdGtu[A-Za-z0-9]{50,}"),
    "huggingface_token": (r"hf_[A-Za-z0-9]{30,}", r"api_org_[A-Za-z0-9]{34}"),
    "model_key": (
        r"gsk_[A-Za-z0-9]{40,}",
        r"r8_[A-Za-z0-9]{37}",
        r"pplx-[A-Za-z0-9]{40,}",
        r"xai-[A-Za-z0-9]{60,}",
        r"nvapi-[\w-]{40,}",
        r"pcsk_[\w-]{40,}",
        r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
        r"fw_[A-Za-z0-9]{22,}",
        r"sk_[0-9a-f]{40,}",
        r"esecret_[A-Za-z0-9]{20,}",
        r"tgp_v1_[\w-]{40,}",
        r"ls__[0-9a-f]{32}",
        r"jina_[A-Za-z0-9_-]{50,}",
        r"tvly-[A-Za-z0-9-]{20,}",
    ),
    "databricks_token": (r"dapi[0-9a-f]{32}(?:-\d)?", r"dkea[0-9a-f]{32}"),
    "sendgrid_key": (r"SG\.[\w-]{16,}\.[\w-]{16,}",),
    "mail_key": (
        r"(?:pub)?key-[0-9a-f]{32}",
        r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
        r"xsmtpsib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
        r"re_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,}",
        r"mlsn\.[0-9a-f]{64}",
    ),
    "twilio_key": (r"SK[0-9a-f]{32}",),
    "shop_key": (
        r"shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{32}",
        r"sq0(?:atp|csp|idp)-[\w-]{22,}",
        r"EAAA[El][\w-]{55,}",
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        rf"access-(?:sandbox|development|production)-{_UUID}",
        r"FLW(?:SEC|PUB)K(?:_TEST)?-[0-9a-zA-Z]{12,}(?:-X)?",
        r"rzp_(?:live|test)_\w{14,}",
        r"EZ[AT]K[A-Za-z0-9]{54}",
        r"shippo_(?:live|test)_[0-9a-f]{40}",
        r"duffel_(?:live|test)_[\w-]{43}",
        r"(?:live|test)_(?:pub_)?[0-9a-f]{31,35}",
        r"\$aact_[\w:=$+/-]{50,}",
    ),
    "hosting_token": (
        r"do[oprs]_v1_[0-9a-f]{64}",
        r"HRKU-[\w-]{36,}",
        r"fm[12][ar]?_[A-Za-z0-9+/=_-]{40,}",
        r"FlyV1 fm\w+",
        r"nfp_[A-Za-z0-9]{36,}",
        r"rnd_[A-Za-z0-9]{28,}",
        r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}",
        r"vc[pkiar]_[A-Za-z0-9]{24,}",
        r"cf(?:ut|at|k)_[\w-]{40,}",
        r"sbp_[0-9a-f]{40}",
        r"sb_secret_[\w-]{20,}",
        r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,}",
        r"mdb_sa_sk_[\w-]{30,}",
        r"npg_[A-Za-z0-9]{12,}",
        r"napi_[a-z0-9]{50,}",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]+\.)?[A-Za-z0-9]{40,}",
        r"ico-[A-Za-z0-9]{32}",
        r"pul-[0-9a-f]{40}",
        r"tskey-[a-z]+-\w{8,}-\w{8,}",
        r"vercel_blob_rw_\w{16}_\w{24,}",
        r"scw[A-Z0-9]{17,}",
        r"ovh_[A-Za-z0-9]{32,}",
    ),
    "vault_token": (r"hv[bsr]\.[\w-]{20,}",),
    "age_key": (r"AGE-SECRET-KEY-1[0-9A-Z]{40,}",),
    "one_password_token": (r"ops_eyJ[\w-]{60,}=*", r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,5}[A-Z0-9]{5}"),
    "monitoring_key": (
        r"glc_[A-Za-z0-9+/]{32,}=*",
        r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}",
        r"eyJrIjoi[\w-]{40,}=*",
        r"NRAK-[A-Z0-9]{27}",
        r"NR(?:II|IQ|JS|RA|SP)-[\w-]{19,}",
        r"sntry[su]_[\w+/=-]{40,}",
        r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
        r"hc[abx][iml]k_[a-z0-9]{40,}",
        r"ph[cx]_[A-Za-z0-9]{40,}",
        r"sq[uap]_[0-9a-f]{40}",
        r"ddp_[A-Za-z0-9]{30,}",
        r"hbp_[A-Za-z0-9]{36}",
        r"lin_wh_[A-Za-z0-9]{32,}",
    ),
    "atlassian_token": (r"AT[AC]TT3[\w=-]{50,}", r"ATBB[A-Za-z0-9]{32}"),
    "workspace_token": (
        r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
        r"ntn_[A-Za-z0-9]{40,}",
        r"secret_[A-Za-z0-9]{43}",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        r"fig[dorm]_[\w-]{40,}",
        r"tfp_[\w.-]{40,}",
        rf"pat-(?:na|eu|ap)\d-{_UUID}",
        r"sl\.[\w-]{60,}",
        r"CFPAT-[\w-]{43}",
        r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        r"rdme_[a-z0-9]{60,}",
        r"pnu_[A-Za-z0-9]{36}",
        r"fio-u-[\w=-]{60,}",
        r"sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}",
        r"zpka_[A-Za-z0-9]{30,}",
        r"waka_[0-9a-f-]{36}",
        rf"(?:api|sdk|mob)-{_UUID}",
        r"ctx7sk-[\w-]{36}",
        r"xoxc-[\w-]{10,}",
    ),
    "ci_token": (r"bkua_[0-9a-f]{40}", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{20,}_[0-9a-f]{40}", r"dapr_[A-Za-z0-9]{30,}"),
    "discord_token": (r"mfa\.[\w-]{84}",),
    "social_token": (
        r"EAA[B-Z][A-Za-z0-9]{60,}",
        r"IGQ[A-Za-z0-9_-]{60,}",
        r"\bA{21}[A-Za-z0-9]+%[A-Za-z0-9%]{20,}",
        r"oauth:[a-z0-9]{30}",
        r"patreon_[\w-]{30,}",
        r"AQV[\w-]{60,}",
    ),
    "cloud_key": (
        r"LTAI[A-Za-z0-9]{12,30}",
        r"AKID[A-Za-z0-9]{13,40}",
        r"AQVN[\w-]{35,38}",
        r"t1\.[\w-]{80,}\.[\w-]{60,}",
        r"y0_[\w-]{50,}",
        r"ocid1\.secret\.[\w.-]{40,}",
        r"YC[A-Za-z0-9_-]{38}",
    ),
    "nats_key": (r"S[UAONCX][A-Z2-7]{56}",),
    "django_key": (r"django-insecure-[^\s\"'\\]{30,}",),
    "macaroon": (r"MDAx[\w-]{60,}=*",),
    "wallet_key": (r"[xyz]prv[A-Za-z0-9]{100,}",),
    "password_hash": (
        r"\$2[abxy]\$\d\d\$[A-Za-z0-9./]{53}",
        r"\$(?:5|6|y|7|gy|sha1)\$[\w./$=,]{40,}",
        r"\$(?:apr1|1)\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}",
        r"\$argon2i?d?\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{20,}",
        r"\$scrypt\$ln=\d+,r=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]{20,}",
        r"pbkdf2_sha\d+\$\d+\$[A-Za-z0-9]+\$[A-Za-z0-9+/=]{40,}",
        r"\{SSHA\d*\}[A-Za-z0-9+/]{20,}={0,2}",
        r"scrypt:\d+:\d+:\d+\$[A-Za-z0-9]+\$[0-9a-f]{64,}",
    ),
}
"""Kinds of tokens. Where two match at the same place, the kind that comes first counts."""

MIDDLE_SHAPES: dict[str, tuple[str, str]] = {
    "azure_key": (
        r"[A-Za-z0-9+/]{4}==|[78]Q~|JQQJ99|\+A(?:St|Ba|MC|Sb|Eh|RM)|ARm|ACDb|AIoT|Az(?:Se|Fu|Ca)",
        r"[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{32,76}(?:\+A(?:St|Ba|MC|Sb|Eh|RM)|ARm|ACDb|AIoT|Az(?:Se|Fu|Ca))[A-Za-z0-9+/]{5,8}={0,2}"
        r"|[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18,26}",
    ),
    "mail_key": (r"[0-9a-f]{4}-us\d", r"[0-9a-f]{32}-us\d{1,2}"),
    "hosting_token": (r"\.atlasv1\.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}"),
    "discord_token": (r"\.[\w-]{6}\.[\w-]{27}", r"[MNO][A-Za-z\d_-]{23,26}\.[\w-]{6}\.[\w-]{27,38}"),
    "telegram_token": (r":AA[\w-]{32}", r"\d{8,10}:AA[\w-]{32,35}"),
}
"""Tokens that begin with any characters: what is looked for in the middle of each kind, and its whole expression."""


def _fixed_beginning(shape: str) -> str:
    """Return the fixed characters with which all that has this shape begins."""
    beginning = _FIXED.match(shape)
    return beginning[0].replace("\\", "") if beginning else ""


_FIXED = re.compile(r"(?:[A-Za-z0-9_-](?![{*+?])|\\[.$])*")
_SHORT = 1
PREFIXES = (
    *[
        "SU",
        "SA",
        "SO",
        "SC",
        "SN",
        "SX",
        "MT",
        "MD",
        "Mj",
        "Mz",
        "NT",
        "ND",
        "Nj",
        "Nz",
        "OT",
        "OD",
        "sk_",
        "pk_",
        "rk_",
        "AKIA",
        "ASIA",
        "ABIA",
        "ACCA",
        "eyJ",
        "s.",
    ],
    *sorted(
        {
            beginning
            for shapes in TOKEN_SHAPES.values()
            for shape in shapes
            if len(beginning := _fixed_beginning(shape)) > _SHORT
        }
    ),
)
"""The fixed characters with which tokens begin, as far as it is worth to look for them."""
