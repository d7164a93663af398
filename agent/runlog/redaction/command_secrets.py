r"""Passwords that are an argument or the input of a command.

A clue is short, begins with something fixed, and stands where the shape begins. What stands in front of it, such as the
command of an option, is looked for only then: a clue with a gap would be read to its end wherever it begins.
"""

from collections.abc import Callable
from typing import NamedTuple

from agent.runlog.redaction.secret_values import is_example_password, is_long, is_password, is_placeholder, is_random

SPACE = r"[ \t]+"
_ARGUMENT = r"\\*[\"']?[^\s\"'|;&<>]+\\*[\"']?"
NEXT = rf"{SPACE}{_ARGUMENT}"
OPTIONS = rf"(?:{SPACE}--?[\w-]+(?:=\S+)?)*"
_OPEN = r"\\*[\"']?"
SECRET = rf"{_OPEN}(?P<secret>[^\s\"'\\$<>{{}}|/-][^\s\"'\\]{{3,999}})"
LAST = SPACE + SECRET
START = r"(?:(?<![\w-])|(?<=\\[nrt]))"
LINE = r"(?:(?!\\+[nr])[^\n|]){0,200}?"
"""The rest of a line, up to a pipe."""
BREAK = r"(?:\n|\\+n)"
_USER_OPTION = r"[ \t](?:-(?:[uUaA]|[A-Za-z]\w{0,2}[uUaA])|--(?:user|proxy-user|auth))"
_CREDENTIALS_OPTION = r"[ \t]--(?:basic-auth|cert|(?:src-|dest-)?creds)"
_CLIENTS = (
    r"(?:sshpass|mongo\w*|mysql\w*|mariadb\w*|redis-cli|ldap\w+|sqlcmd|bcp|isql|osql|tsql|7z\w?|rar|unrar|unzip|zip"
    r"|(?i:psexec)|ipmitool|mosquitto_\w+|cqlsh|plink|pscp|psftp|rdesktop|twine|influx|hdbsql)[ \t]"
)
_LOGIN = r"(?:docker|podman|helm|skopeo|nerdctl|buildah|crane|oras|oc|az|cf)[ \t](?:registry[ ])?(?:auth[ ])?login"
_SIGN_IN = (
    r"(?:cargo|vault|snyk|doctl|ngrok|gem|npm|flyctl|wandb)[ ]+(?:login|auth|authtoken|config[ ]add-authtoken|signin)"
    r"(?:[ ]init[ ]-t)?"
)
_READER = r"\|[ ]?(?:sudo[ ])?(?:chpasswd|passwd|kinit|cryptsetup|smbpasswd|keepassxc-cli|vault[ ]login|su"


def is_mixed(value: str) -> bool:
    """Return whether `value` looks like a password or generated."""
    return not is_placeholder(value) and (is_random(value) or is_password(value) or is_long(value))


def is_given(value: str) -> bool:
    """Return whether `value` is more than a word of an example, where nothing but a password can stand."""
    return not is_placeholder(value) and not is_example_password(value)


class CommandShape(NamedTuple):
    """The clue that is looked for, and what decides: an expression for what begins there, and one for what ends there.

    One of them has the group `secret`, of which `accepts` says whether it is one.
    """

    clue: str
    source: str
    before: str = ""
    accepts: Callable[[str], bool] = is_mixed


COMMAND_SHAPES = (
    # the user and password of a request, a share or a registry
    CommandShape(
        rf"{_USER_OPTION}[ \t=]*\\*[\"']?[^\s:\"'$%,]{{1,40}}[:%,]\\*[\"']?[^\s\"'\\$:]{{3}}",
        rf"{_USER_OPTION}(?:[ \t]*|=)\\*[\"']?"
        r"[^\s:\"'$%,]{1,60}[:%,]\\*[\"']?(?P<secret>[^\s\"'\\$:]{3,999})",
        rf"\b(?:curl|etcdctl|https?|xh|ab|skopeo|smb\w+|rpcclient|winexe|wmic|net|lftp|wget|podman|buildah){LINE}",
        lambda value: not is_placeholder(value),
    ),
    CommandShape(
        rf"{_USER_OPTION}[ \t=]*\\*[\"']?\w{{16}}",
        rf"{_USER_OPTION}(?:[ \t]*|=)\\*[\"']?(?P<secret>[\w-]{{16,400}}):(?:X|x|api_token|unused)?(?=[\s\"'\\]|\Z)",
        rf"\bcurl{LINE}",
        is_random,
    ),
    CommandShape(
        rf"{_CREDENTIALS_OPTION}[ \t=]+\\*[\"']?[^\s:\"'$]{{1,40}}:[^\s\"'\\$:]{{3}}",
        rf"{_CREDENTIALS_OPTION}[ \t=]+\\*[\"']?[^\s:\"'$]{{1,60}}:(?P<secret>[^\s\"'\\$:]{{3,999}})",
        accepts=is_given,
    ),
    CommandShape(
        r"[ ](?:-b|--cookie)[ ]+\\*[\"']?[\w.-]{1,40}=",
        r"[ ](?:-b|--cookie)[ ]+\\*[\"']?[\w.-]{1,40}=(?P<secret>[^\s;\"'\\]{16,999})",
        accepts=is_random,
    ),
    # options of one letter
    CommandShape(
        rf"{_CLIENTS}(?={LINE}-(?:[pPaw]|hp))",
        rf"{START}{_CLIENTS}{LINE}(?<=[ \t])-(?:[pP][ ]?|hp|pw[ ]|passwd[ ]|[aw][ \t]+)\\*[\"']?"
        r"(?P<secret>[^\s\"'\\$-][^\s\"'\\]{4,999})",
    ),
    CommandShape(rf"{_LOGIN}[ \t]", rf"{_LOGIN}(?=[ \t]){LINE}[ \t]-p(?:[ \t]*|=){SECRET}", accepts=is_given),
    CommandShape(r"[ ]-[uUnx][ ]+[\w.@\\-]{1,40}[ ]+-[pPw][ ]", rf"[ ]-[uUnx][ ]+[\w.@\\-]{{1,40}}[ ]+-[pPw]{LAST}"),
    CommandShape(r"certutil[ ]", rf"certutil[ ]{LINE}(?<=[ ])-p{LAST}"),
    CommandShape(r"rclone[ ]+config[ ]", rf"rclone[ ]+config[ ]{LINE}[ ]pass{LAST}"),
    CommandShape(r"-pass\w*[ \t]+\\*[\"']?pass:", rf"-pass\w*[ \t]+{_OPEN}pass:{SECRET}", accepts=is_given),
    CommandShape(r"openssl[ ]+(?:passwd|enc)[ ]", rf"openssl[ ]+(?:passwd(?:[ ]+-\w+)+|enc{LINE}[ ]-k){LAST}"),
    CommandShape(
        r"(?:sqlplus|expdp|impdp|sqlldr|rman|sqlcl)[ ]",
        rf"{START}(?:sqlplus|expdp|impdp|sqlldr|rman|sqlcl)[ ]"
        rf"{LINE}{_OPEN}(?<![/\w])[A-Za-z][\w$#]{{0,30}}/(?P<secret>[^\s@\"'\\/${{}}]{{4,}})(?=@|[ ]|\n|\Z)",
        accepts=is_given,
    ),
    CommandShape(
        rf"{_SIGN_IN}[ ]+[\w.-]",
        rf"{_SIGN_IN}{LAST}",
        accepts=is_random,
    ),
    # places in a command
    CommandShape(
        r"(?i:net)[ ]+(?i:use)[ ]",
        rf"(?i:net)[ ]+(?i:use)[ ]+(?:[A-Za-z*]:?[ ]+)?{_OPEN}\\\S+(?:[ ]+/\S+)*{LAST}",
        accepts=is_given,
    ),
    CommandShape(r"(?i:net)[ ]+(?i:user)[ ]", rf"(?i:net)[ ]+(?i:user){NEXT}{LAST}", rf"{START}"),
    CommandShape(
        r"rabbitmqctl[ ]",
        rf"rabbitmqctl[ ]{LINE}(?:add_user|change_password|authenticate_user){OPTIONS}{NEXT}{LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add)[ ]",
        rf"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add){OPTIONS}(?:{NEXT}){{3}}{LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"poetry[ ]+config[ ]",
        rf"poetry[ ]+config{OPTIONS}[ ]+(?:http-basic\.\S+{NEXT}|pypi-token\.\S+){LAST}",
        accepts=is_given,
    ),
    CommandShape(r"htpasswd[ ]+-", rf"htpasswd[ ]+(?:-\w*n\w*{NEXT}|(?:-\w+[ ]+)+{_ARGUMENT}{NEXT}){LAST}"),
    CommandShape(r"mysqladmin[ ]", rf"mysqladmin[ ]{LINE}[ ]password{LAST}", accepts=is_given),
    CommandShape(r"nmcli[ ]", rf"nmcli[ ]{LINE}(?:[ ]password|\.psk){LAST}", accepts=is_given),
    CommandShape(r"wpa_passphrase[ ]", rf"wpa_passphrase{NEXT}{LAST}", accepts=is_given),
    CommandShape(r"freerdp\w*[ ]", rf"freerdp\w*[ ]{LINE}[ ]/p:{SECRET}", accepts=is_given),
    CommandShape(r"signtool[ ]", rf"signtool[ ]{LINE}[ ]/p{LAST}", accepts=is_given),
    CommandShape(r"ssh-keygen[ ]", rf"ssh-keygen[ ]{LINE}[ ]-[NP]{LAST}", accepts=is_given),
    CommandShape(
        rf"secrets?[ ](?:set|put|add)[ ](?={LINE}(?:--body|-b|--value))",
        rf"secrets?[ ](?:set|put|add)[ ]{LINE}(?:--body|-b|--value)(?:{SPACE}|=){SECRET}",
    ),
    CommandShape(r"\+login[ ]", rf"\+login{NEXT}{LAST}"),
    CommandShape(r"stats[ ]+auth[ ]", rf"stats[ ]+auth[ ]+[\w.@-]+:{SECRET}", accepts=is_given),
    CommandShape(
        r"(?:exec|dump|SPNs|Users|clients?)\.py[ ]",
        rf"(?:exec|dump|SPNs|Users|clients?)\.py[ ]{LINE}[\w.-]+:{SECRET}(?=\\*['\"]?@)",
    ),
    CommandShape(r"schtasks[ ]", rf"schtasks[ ]{LINE}/rp{LAST}", accepts=is_given),
    CommandShape(r"cmdkey[ ]", rf"cmdkey[ ]{LINE}/pass:{SECRET}", accepts=is_given),
    CommandShape(
        rf"connect[ ]+to[ ](?={LINE}using[ ])",
        rf"connect[ ]+to[ ]{LINE}[ ]user[ ]{LINE}[ ]using{LAST}",
        accepts=is_given,
    ),
    CommandShape(r"[ ]-K[ ]+[0-9A-Fa-f]{32}", rf"[ ]-K{LAST}", rf"openssl[ ]{LINE}", bool),
    CommandShape(r"--token[ =][a-z0-9]{6}\.", r"--token[ =](?P<secret>[a-z0-9]{6}\.[a-z0-9]{16})\b", accepts=bool),
    CommandShape(r"-setcookie[ ]", rf"-setcookie{LAST}"),
    CommandShape(
        r"(?i:connect)[ ][A-Za-z][\w$#]{0,30}/",
        r"(?i:connect)[ ][A-Za-z][\w$#]{0,30}/(?P<secret>[^\s@\"'\\/${}]{4,99})(?=@)",
        accepts=is_given,
    ),
    CommandShape(r"rclone[ ]+obscure[ ]", rf"rclone[ ]+obscure{LAST}", accepts=is_given),
    CommandShape(r"encrypt_string[ ]", rf"ansible-vault[ ]+encrypt_string{OPTIONS}{LAST}"),
    CommandShape(r"user(?:add|mod)[ ]", rf"user(?:add|mod)[ ]{LINE}[ ](?:-p|--password)[ =]{SECRET}"),
    CommandShape(
        r"ConvertTo-SecureString[ \t]",
        r"ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?\\*[\"'](?P<secret>[^\"'\n$]{4,200}?)\\*[\"']",
    ),
    # the input of a command
    CommandShape(
        rf"{_READER}|sudo)\b",
        rf"{_READER}(?=[ ])|sudo(?=[ ][^\n|]{{0,40}}-\w*S))",
        r"(?:echo|printf)[ ]+(?:-[neE]+[ ]+)*(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ ]+)?\\*[\"']?(?:[\w.-]+:)?"
        r"(?P<secret>[^\s\"'\\$|<][^\n\"'|\\]{3,80}?)(?:\\+n)?\\*[\"']?[ ]*",
        is_given,
    ),
    CommandShape(
        r"--password-stdin|--with-token|--passphrase-fd|-pass\w*[ ]stdin|password-file[= ]-|--passwd-on-stdin",
        r"",
        r"(?:echo|printf)[ ]+(?:-[neE]+[ ]+)*(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ ]+)?\\*[\"']?"
        r"(?P<secret>[^\s\"'\\$|<][^\s\"'|\\]{3,80}?)(?:\\+n)?\\*[\"']?[ ]*\|[^|\n]{1,120}",
        is_given,
    ),
    CommandShape(
        r"<<<[ ]*\\*[\"']?[^\s\"'<$]{4}",
        rf"<<<[ ]*{_OPEN}(?:[\w.-]+:)?{SECRET}",
        r"(?:sudo|chpasswd|passwd|kinit|cryptsetup|stdin|with-token|pass[ ]insert)[^\n<]{0,80}",
        is_given,
    ),
    CommandShape(
        r"send[ ]+(?:--[ ]+)?\\*\"[^\"\s]{4,60}?\\+[rn]|sendline\([bu]?\\*[\"']",
        rf"send(?:line\([bu]?\\*[\"'](?=[^\n]{{4,80}}?\))|[ ]+(?:--[ ]+)?\\*[\"'](?=\S{{4,80}}?\\+[rn])){SECRET}",
        r"assword[^\n]{0,80}(?:(?:\n|\\+n)[^\n]{0,60})?",
        is_given,
    ),
)
COMMANDS = (
    r"curl|etcdctl|https?|xh|7z\w?|zip|unzip|rar|unrar|schtasks|cmdkey|cat|ConvertTo-SecureString|sshpass|mongo\w*|mysql\w*|mariadb\w*"
    r"|redis-cli|ldap\w+|ipmitool|cqlsh|mosquitto_\w+|plink|pscp|login|(?i:net|psexec|nickserv)|rabbitmqctl|mc|poetry|htpasswd"
    r"|nmcli|wpa_passphrase|smb\w+|rpcclient|winexe|wmic|lftp|\w*freerdp\w*|echo|printf|sudo|chpasswd|passwd|kinit|cryptsetup|openssl"
    r"|AUTH|SETUSER|LOGIN|PASS|WIFI|PSK|ENC|digest|\w+community6?|snmp\S*|com2sec6?|priv|createUser"
    r"|enable|username|neighbor|isakmp|\w+-server|ospf|community|md5|key-string|creds|credentials"
)
"""Words behind which a password may stand, in the same line."""
