"""A second list of secrets, to check the rules with: one for each family of rules that public scanners document.

The rules were not written for it: each family has a made-up value of the prefix, the length and the alphabet that its
vendor documents, behind the name that the vendor's own programs read. Identifiers that are no secrets are left out.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.agent.runlog.redaction.secret_samples import (
    ALNUM,
    BASE32,
    BASE64,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    URL_SAFE,
    Sample,
    made_up,
)

LETTERS = LOWER + UPPER
SMALL = LOWER + DIGITS
LARGE = UPPER + DIGITS
UUID = "uuid"


class Part(NamedTuple):
    """Characters of a secret: so many of an alphabet."""

    alphabet: str
    length: int


_PREFIXED: dict[str, tuple[str | Part, ...]] = {
    # What such a secret consists of; it is one wherever it stands.
    "1password secret key": ("A3-", Part(LARGE, 6), "-", Part(LARGE, 11), *("-", Part(LARGE, 5)) * 3),
    "1password service account": ("ops_eyJ", Part(BASE64, 320)),
    "adobe client secret": ("p8e-", Part(SMALL, 32)),
    "age": ("AGE-SECRET-KEY-1", Part("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "aiven": ("AVNS_", Part(URL_SAFE, 19)),
    "alibaba id": ("LTAI", Part(ALNUM, 20)),
    "anthropic": ("sk-ant-api03-", Part(URL_SAFE, 93), "AA"),
    "anthropic admin": ("sk-ant-admin01-", Part(URL_SAFE, 93), "AA"),
    "artifactory key": ("AKCp8", Part(ALNUM, 68)),
    "artifactory reference": ("cmVmdGtuOjAxOj", Part(ALNUM, 50)),
    "atlassian": ("ATATT3xFfGF0", Part(URL_SAFE, 174), "=", Part(HEX[:10] + "ABCDEF", 8)),
    "authress": ("sc_", Part(SMALL, 20), ".", Part(SMALL, 5), ".acc-", Part(SMALL, 18), ".", Part(BASE64, 70)),
    "aws key id": ("AKIA", Part(BASE32, 16)),
    "aws session id": ("ASIA", Part(BASE32, 16)),
    "aws bedrock": ("ABSK", Part(BASE64, 128)),
    "azure ad client secret": ("k3x8Q~", Part(ALNUM + "_.~-", 34)),
    "clickhouse cloud": ("4b1d", Part(ALNUM, 38)),
    "clojars": ("CLOJARS_", Part(SMALL, 60)),
    "cloudflare origin": ("v1.0-", Part(HEX, 24), "-", Part(HEX, 146)),
    "databricks": ("dapi", Part(HEX, 32), "-3"),
    "defined networking": ("dnkey-", Part(LARGE, 26), "-", Part(LARGE, 52)),
    "digitalocean personal": ("dop_v1_", Part(HEX, 64)),
    "digitalocean oauth": ("doo_v1_", Part(HEX, 64)),
    "digitalocean refresh": ("dor_v1_", Part(HEX, 64)),
    "discord bot": ("MT", Part(ALNUM, 24), ".G", Part(URL_SAFE, 5), ".", Part(URL_SAFE, 38)),
    "doppler": ("dp.st.prd.", Part(ALNUM, 43)),
    "dropbox short-lived": ("sl.", Part(URL_SAFE, 135)),
    "duffel": ("duffel_live_", Part(URL_SAFE, 43)),
    "dynatrace": ("dt0c01.", Part(LARGE, 24), ".", Part(LARGE, 64)),
    "easypost": ("EZAK", Part(ALNUM, 54)),
    "easypost test": ("EZTK", Part(ALNUM, 54)),
    "facebook page": ("EAAC", Part(ALNUM, 160)),
    "facebook app": (Part(DIGITS, 16), "|", Part(URL_SAFE, 27)),
    "flutterwave": ("FLWSECK-", Part(HEX, 32), "-X"),
    "flutterwave encryption": ("FLWSECK_TEST-", Part(HEX, 12)),
    "fly.io": ("fo1_", Part(URL_SAFE, 43)),
    "fly.io macaroon": ("fm2_", Part(BASE64, 140)),
    "frame.io": ("fio-u-", Part(URL_SAFE, 64)),
    "google": ("AIza", Part(URL_SAFE, 35)),
    "github": ("ghp_", Part(ALNUM, 36)),
    "github fine-grained": ("github_pat_", Part(ALNUM, 22), "_", Part(ALNUM, 59)),
    "github oauth": ("gho_", Part(ALNUM, 36)),
    "github user to server": ("ghu_", Part(ALNUM, 36)),
    "github refresh": ("ghr_", Part(ALNUM, 76)),
    "gitlab personal": ("glpat-", Part(URL_SAFE, 20)),
    "gitlab routable": ("glpat-", Part(URL_SAFE, 51), ".0w", Part(SMALL, 7)),
    "gitlab job": ("glcbt-64_", Part(URL_SAFE, 20)),
    "gitlab deploy": ("gldt-", Part(URL_SAFE, 20)),
    "gitlab feature flags": ("glffct-", Part(URL_SAFE, 20)),
    "gitlab feed": ("glft-", Part(URL_SAFE, 20)),
    "gitlab mail": ("glimt-", Part(SMALL, 25)),
    "gitlab agent": ("glagent-", Part(URL_SAFE, 50)),
    "gitlab oauth": ("gloas-", Part(HEX, 64)),
    "gitlab trigger": ("glptt-", Part(HEX, 40)),
    "gitlab runner": ("glrt-", Part(URL_SAFE, 20)),
    "gitlab runner registration": ("GR1348941", Part(URL_SAFE, 20)),
    "gitlab scim": ("glsoat-", Part(URL_SAFE, 20)),
    "grafana": ("eyJrIjoi", Part(ALNUM, 84), "="),
    "grafana cloud": ("glc_", Part(BASE64, 120), "=="),
    "grafana service account": ("glsa_", Part(ALNUM, 32), "_", Part(HEX, 8)),
    "groq": ("gsk_", Part(ALNUM, 52)),
    "harness": ("pat.", Part(URL_SAFE, 22), ".", Part(HEX, 24), ".", Part(ALNUM, 20)),
    "heroku": ("HRKU-AA", Part(URL_SAFE, 58)),
    "hugging face": ("hf_", Part(LETTERS, 34)),
    "hugging face organization": ("api_org_", Part(LETTERS, 34)),
    "infracost": ("ico-", Part(ALNUM, 32)),
    "intra42": ("s-s4t2ud-", Part(HEX, 64)),
    "json web token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.", Part(URL_SAFE, 43)),
    "langsmith": ("lsv2_sk_", Part(HEX, 32), "_", Part(HEX, 10)),
    "linear": ("lin_api_", Part(ALNUM, 40)),
    "mailchimp": (Part(HEX, 32), "-us21"),
    "mailgun": ("key-", Part(HEX, 32)),
    "mailgun signing": (Part(HEX, 32), "-", Part(HEX, 8), "-", Part(HEX, 8)),
    "mapbox secret": ("sk.eyJ1Ijoi", Part(ALNUM, 60), ".", Part(URL_SAFE, 22)),
    "maxmind": (Part(ALNUM, 6), "_", Part(ALNUM, 29), "_mmk"),
    "new relic": ("NRAK-", Part(LARGE, 27)),
    "new relic insert": ("NRII-", Part(URL_SAFE, 32)),
    "new relic browser": ("NRJS-", Part(HEX, 19)),
    "notion": ("ntn_", Part(DIGITS, 11), Part(ALNUM, 35)),
    "npm": ("npm_", Part(ALNUM, 36)),
    "octopus deploy": ("API-", Part(LARGE, 26)),
    "openai": ("sk-proj-", Part(URL_SAFE, 74), "T3BlbkFJ", Part(URL_SAFE, 74)),
    "openai legacy": ("sk-", Part(ALNUM, 20), "T3BlbkFJ", Part(ALNUM, 20)),
    "openshift": ("sha256~", Part(URL_SAFE, 43)),
    "perplexity": ("pplx-", Part(ALNUM, 48)),
    "planetscale token": ("pscale_tkn_", Part(URL_SAFE, 43)),
    "planetscale oauth": ("pscale_oauth_", Part(URL_SAFE, 43)),
    "planetscale password": ("pscale_pw_", Part(URL_SAFE, 43)),
    "postman": ("PMAK-", Part(HEX, 24), "-", Part(HEX, 34)),
    "prefect": ("pnu_", Part(ALNUM, 36)),
    "pulumi": ("pul-", Part(HEX, 40)),
    "pypi": ("pypi-AgEIcHlwaS5vcmc", Part(URL_SAFE, 130)),
    "pypi test": ("pypi-AgENdGVzdC5weXBpLm9yZw", Part(URL_SAFE, 130)),
    "readme": ("rdme_", Part(SMALL, 70)),
    "rubygems": ("rubygems_", Part(HEX, 48)),
    "scalingo": ("tk-us-", Part(URL_SAFE, 48)),
    "sendgrid": ("SG.", Part(URL_SAFE, 22), ".", Part(URL_SAFE, 43)),
    "sendinblue": ("xkeysib-", Part(HEX, 64), "-", Part(ALNUM, 16)),
    "sentry organization": ("sntrys_eyJpYXQiO", Part(BASE64, 120), "_", Part(BASE64, 43)),
    "sentry user": ("sntryu_", Part(HEX, 64)),
    "settlemint": ("sm_aat_", Part(ALNUM, 16)),
    "shippo": ("shippo_live_", Part(HEX, 40)),
    "shopify": ("shpat_", Part(HEX, 32)),
    "shopify custom": ("shpca_", Part(HEX, 32)),
    "shopify private": ("shppa_", Part(HEX, 32)),
    "shopify shared": ("shpss_", Part(HEX, 32)),
    "slack bot": ("xoxb-", Part(DIGITS, 12), "-", Part(DIGITS, 12), "-", Part(ALNUM, 24)),
    "slack user": ("xoxp-", Part(DIGITS, 12), "-", Part(DIGITS, 12), "-", Part(DIGITS, 12), "-", Part(HEX, 32)),
    "slack app": ("xapp-1-A", Part(LARGE, 10), "-", Part(DIGITS, 13), "-", Part(HEX, 64)),
    "slack config": ("xoxe.xoxp-1-", Part(ALNUM, 163)),
    "slack refresh": ("xoxe-1-", Part(ALNUM, 146)),
    "slack legacy": ("xoxs-", Part(DIGITS, 11), "-", Part(DIGITS, 11), "-", Part(DIGITS, 11), "-", Part(HEX, 10)),
    "slack workspace": ("xoxa-2-", Part(ALNUM, 30)),
    "sonarqube": ("squ_", Part(HEX, 40)),
    "sourcegraph": ("sgp_", Part(HEX, 16), "_", Part(HEX, 40)),
    "square": ("EAAAE", Part(URL_SAFE, 59)),
    "square oauth": ("sq0csp-", Part(URL_SAFE, 43)),
    "stripe": ("sk_live_", Part(ALNUM, 99)),
    "stripe restricted": ("rk_prod_", Part(ALNUM, 24)),
    "telegram": (Part(DIGITS, 10), ":A", Part(URL_SAFE, 34)),
    "terraform": (Part(ALNUM, 14), ".atlasv1.", Part(URL_SAFE, 67)),
    "twilio": ("SK", Part(HEX, 32)),
    "typeform": ("tfp_", Part(URL_SAFE, 59)),
    "vault service": ("hvs.", Part(URL_SAFE, 95)),
    "vault batch": ("hvb.", Part(URL_SAFE, 150)),
    "vault legacy": ("s.", Part(ALNUM, 24)),
    "yandex": ("t1.", Part(URL_SAFE, 120), ".", Part(URL_SAFE, 86)),
    "yandex key": ("AQVN", Part(URL_SAFE, 36)),
    "yandex static": ("YC", Part(URL_SAFE, 38)),
}  # fmt: skip

_NAMED: dict[str, tuple[str, str | Part]] = {
    # The name that the vendor's programs read, and the characters; without the name, nothing tells that it is a secret.
    "adafruit": ("ADAFRUIT_IO_KEY", Part(SMALL, 32)),
    "airtable legacy": ("AIRTABLE_API_KEY", Part(ALNUM, 17)),
    "algolia": ("ALGOLIA_ADMIN_KEY", Part(HEX, 32)),
    "alibaba secret": ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", Part(ALNUM, 30)),
    "asana": ("ASANA_CLIENT_SECRET", Part(HEX, 32)),
    "aws secret": ("AWS_SECRET_ACCESS_KEY", Part(BASE64, 40)),
    "azure storage": ("AZURE_STORAGE_KEY", Part(BASE64, 86)),
    "beamer": ("BEAMER_API_KEY", Part(URL_SAFE, 46)),
    "bitbucket": ("BITBUCKET_CLIENT_SECRET", Part(ALNUM, 32)),
    "bittrex": ("BITTREX_API_SECRET", Part(HEX, 32)),
    "box": ("BOX_CLIENT_SECRET", Part(ALNUM, 32)),
    "cisco meraki": ("MERAKI_DASHBOARD_API_KEY", Part(HEX, 40)),
    "cloudant": ("CLOUDANT_PASSWORD", Part(HEX, 64)),
    "cloudflare": ("CLOUDFLARE_API_TOKEN", Part(URL_SAFE, 40)),
    "cloudflare global": ("CF_API_KEY", Part(HEX, 37)),
    "codecov": ("CODECOV_TOKEN", UUID),
    "cohere": ("CO_API_KEY", Part(ALNUM, 40)),
    "coinbase": ("COINBASE_API_SECRET", Part(ALNUM, 64)),
    "confluent": ("CONFLUENT_CLOUD_API_SECRET", Part(BASE64, 64)),
    "confluent key": ("CONFLUENT_CLOUD_API_KEY", Part(LARGE, 16)),
    "contentful": ("CONTENTFUL_ACCESS_TOKEN", Part(URL_SAFE, 43)),
    "datadog": ("DD_APP_KEY", Part(HEX, 40)),
    "db2": ("DB2_PASSWORD", Part(ALNUM, 16)),
    "discord client secret": ("DISCORD_CLIENT_SECRET", Part(URL_SAFE, 32)),
    "drone": ("DRONE_TOKEN", Part(ALNUM, 32)),
    "dropbox": ("DROPBOX_APP_SECRET", Part(SMALL, 15)),
    "etsy": ("ETSY_API_KEY", Part(SMALL, 24)),
    "facebook": ("FACEBOOK_APP_SECRET", Part(HEX, 32)),
    "fastly": ("FASTLY_API_TOKEN", Part(URL_SAFE, 32)),
    "finicity": ("FINICITY_APP_KEY", Part(HEX, 32)),
    "finicity partner": ("FINICITY_PARTNER_SECRET", Part(ALNUM, 20)),
    "finnhub": ("FINNHUB_API_KEY", Part(SMALL, 20)),
    "flickr": ("FLICKR_API_SECRET", Part(HEX, 16)),
    "freemius": ("FREEMIUS_SECRET_KEY", Part(ALNUM + "+$@", 32)),
    "freshbooks": ("FRESHBOOKS_CLIENT_SECRET", Part(HEX, 64)),
    "gitter": ("GITTER_TOKEN", Part(HEX, 40)),
    "gocardless": ("GC_ACCESS_TOKEN", Part(URL_SAFE, 45)),
    "heroku legacy": ("HEROKU_API_KEY", UUID),
    "hubspot": ("HUBSPOT_API_KEY", UUID),
    "ibm cloud": ("IBMCLOUD_API_KEY", Part(URL_SAFE, 44)),
    "ibm object storage": ("COS_HMAC_SECRET_ACCESS_KEY", Part(HEX, 48)),
    "intercom": ("INTERCOM_ACCESS_TOKEN", Part(ALNUM, 60)),
    "jfrog": ("JFROG_ACCESS_TOKEN", Part(ALNUM, 64)),
    "jira": ("JIRA_API_TOKEN", Part(ALNUM, 24)),
    "kraken": ("KRAKEN_PRIVATE_KEY", Part(BASE64, 86)),
    "kucoin": ("KUCOIN_API_SECRET", UUID),
    "kucoin key": ("KUCOIN_API_KEY", Part(HEX, 24)),
    "launchdarkly": ("LAUNCHDARKLY_ACCESS_TOKEN", UUID),
    "linear client": ("LINEAR_CLIENT_SECRET", Part(HEX, 32)),
    "linkedin": ("LINKEDIN_CLIENT_SECRET", Part(ALNUM, 16)),
    "lob": ("LOB_API_KEY", Part(HEX, 35)),
    "looker": ("LOOKERSDK_CLIENT_SECRET", Part(ALNUM, 24)),
    "mattermost": ("MATTERMOST_TOKEN", Part(SMALL, 26)),
    "messagebird": ("MESSAGEBIRD_ACCESS_KEY", Part(ALNUM, 25)),
    "netlify": ("NETLIFY_AUTH_TOKEN", Part(URL_SAFE, 43)),
    "new york times": ("NYTIMES_API_KEY", Part(ALNUM, 32)),
    "okta": ("OKTA_API_TOKEN", Part(URL_SAFE, 42)),
    "plaid": ("PLAID_SECRET", Part(HEX, 30)),
    "private ai": ("PRIVATEAI_API_KEY", Part(SMALL, 32)),
    "rapidapi": ("RAPIDAPI_KEY", Part(SMALL, 50)),
    "sendbird": ("SENDBIRD_API_TOKEN", Part(HEX, 40)),
    "sentry": ("SENTRY_AUTH_TOKEN", Part(HEX, 64)),
    "sidekiq": ("BUNDLE_GEMS__CONTRIBSYS__COM", "8f3a91c2:7be0d45f"),
    "snyk": ("SNYK_TOKEN", UUID),
    "softlayer": ("SL_API_KEY", Part(SMALL, 64)),
    "sonar": ("SONAR_TOKEN", Part(HEX, 40)),
    "squarespace": ("SQUARESPACE_API_KEY", UUID),
    "sumo logic": ("SUMOLOGIC_ACCESSKEY", Part(ALNUM, 64)),
    "travis": ("TRAVIS_API_TOKEN", Part(ALNUM, 22)),
    "trello": ("TRELLO_API_KEY", Part(HEX, 32)),
    "twitch": ("TWITCH_CLIENT_SECRET", Part(SMALL, 30)),
    "twitter": ("TWITTER_API_SECRET", Part(ALNUM, 50)),
    "twitter access": ("TWITTER_ACCESS_TOKEN_SECRET", Part(ALNUM, 45)),
    "twitter key": ("TWITTER_API_KEY", Part(ALNUM, 25)),
    "zendesk": ("ZENDESK_API_TOKEN", Part(ALNUM, 40)),
}  # fmt: skip

NAMED_CONTEXTS: dict[str, Callable[[str, str], str]] = {
    ".env": lambda name, secret: f"DEBUG=1\n{name}={secret}\nPORT=8080\n",
    "shell": lambda name, secret: f'export {name}="{secret}" && make deploy',
    "YAML": lambda name, secret: f"services:\n  app:\n    environment:\n      {name}: {secret}\n      TZ: UTC\n",
    "JSON": lambda name, secret: f'{{"env": {{"{name}": "{secret}", "TZ": "UTC"}}}}',
    "Python": lambda name, secret: f"{name.lower()} = '{secret}'\nclient = Client({name.lower()})\n",
    "JavaScript": lambda name, secret: f'const config = {{ {_camel(name)}: "{secret}", retries: 3 }};',
    "Go": lambda name, secret: f'\t{_camel(name)} := "{secret}"\n',
    "environment of a process": lambda name, secret: f"SHELL=/bin/sh\n{name}={secret}\nHOME=/root\n",
    "Dockerfile": lambda name, secret: f"FROM alpine\nENV {name} {secret}\nRUN true\n",
}
PREFIXED_CONTEXTS: dict[str, Callable[[str], str]] = {
    "prose": lambda secret: f"I will use {secret} for the request.",
    ".env": lambda secret: f"DEBUG=1\nVENDOR={secret}\n",
    "YAML": lambda secret: f"vendor:\n  value: {secret}\n",
    "JSON": lambda secret: f'{{"vendor": "{secret}"}}',
    "header": lambda secret: f"> X-Vendor: {secret}\r\n> Accept: */*\r\n",
    "code": lambda secret: f"client = Client('{secret}')",
    "output": lambda secret: f"ID  VALUE\n1   {secret}\n2   -\n",
}


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(map(str.capitalize, rest))


def _secret(kind: str, parts: tuple[str | Part, ...]) -> str:
    return "".join(
        part if isinstance(part, str) else made_up(f"{kind} {number}", *part) for number, part in enumerate(parts)
    )


def _named_secret(kind: str, value: str | Part) -> str:
    if value == UUID:
        return "-".join(made_up(f"{kind} {number}", HEX, length) for number, length in enumerate((8, 4, 4, 4, 12)))
    return _secret(kind, (value,))


def families(context: str) -> list[Sample]:
    """Return a sample of each family that can stand in such a context."""
    prefixed, named = PREFIXED_CONTEXTS.get(context), NAMED_CONTEXTS.get(context)
    samples: list[Sample] = []
    for kind, parts in _PREFIXED.items() if prefixed else ():
        secret = _secret(kind, parts)
        samples.append(Sample(kind, prefixed(secret), secret))
    for kind, (name, value) in _NAMED.items() if named else ():
        secret = _named_secret(kind, value)
        samples.append(Sample(kind, named(name, secret), secret))
    return samples
