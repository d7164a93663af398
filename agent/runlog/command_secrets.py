r"""Passwords that are an argument or the input of a command, or in a line of a protocol or of a router's settings.

A clue is in the syntax of RE2, short, and begins where the shape does. What stands in front of it, such as the command
of an option, is looked for only then: a clue with a gap of many characters in it would slow the search for all clues.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from agent.runlog.secret_values import is_example_password, is_password, is_placeholder, is_random, is_scrambled

_SPACE = r"[ \t]+"
_ARGUMENT = r"\\*[\"']?[^\s\"'|;&<>]+\\*[\"']?"
_NEXT = rf"{_SPACE}{_ARGUMENT}"
_OPTIONS = rf"(?:{_SPACE}--?[\w-]+(?:=\S+)?)*"
_OPEN = r"\\*[\"']?"
_SECRET = rf"{_OPEN}(?P<secret>[^\s\"'\\$<>{{}}|/-][^\s\"'\\]{{3,999}})"
_LAST = _SPACE + _SECRET
_START = r"(?:(?<![\w-])|(?<=\\[nrt]))"
_LINE = r"(?:(?!\\+[nr])[^\n|]){0,200}?"
"""The rest of a line, up to a pipe."""
_BREAK = r"(?:\n|\\+n)"
_USER_OPTION = r"[ \t](?:-[uUaA]|--(?:user|proxy-user|auth|basic-auth|creds|src-creds|dest-creds))"
_CLIENTS = (
    r"(?:sshpass|mongo\w*|mysql\w*|mariadb\w*|redis-cli|ldap\w+|sqlcmd|bcp|isql|osql|tsql|7z\w?|rar|unrar|unzip|zip"
    r"|(?i:psexec)|ipmitool|mosquitto_\w+|cqlsh|plink|pscp|psftp|rdesktop|twine|influx|hdbsql)[ \t]"
)
_LOGIN = r"(?:docker|podman|helm|skopeo|nerdctl|buildah|crane|oras|oc|az|cf)[ \t](?:registry[ ])?(?:auth[ ])?login"
_SIGN_IN = (
    r"(?:cargo|vault|snyk|doctl|ngrok|gem|npm|flyctl)[ ]+(?:login|auth|authtoken|config[ ]add-authtoken|signin)"
    r"(?:[ ]init[ ]-t)?"
)
_READER = r"\|[ ]*(?:sudo[ ]+)?(?:chpasswd|passwd|kinit|cryptsetup|smbpasswd|vault[ ]login|su"
_CALL = r"(?:login|[aA]uth|authenticate|Credentials?)"
_CONNECT = r"(?:PDO|mysqli(?:_connect)?|getConnection|DBI->connect)"
_ROUTER = r"(?:enable|username|neighbor|isakmp|-server|authentication|ospf)[ ]"

_TYPE_7 = re.compile(r"[01]\d(?:[0-9A-F]{2}){3,}", re.ASCII)


def is_mixed(value: str) -> bool:
    """Return whether `value` looks like a password or generated."""
    return not is_placeholder(value) and (is_random(value) or is_password(value))


def is_given(value: str) -> bool:
    """Return whether `value` is more than a word of an example, where nothing but a password can stand."""
    return not is_placeholder(value) and not is_example_password(value)


def _is_encrypted_or_mixed(value: str) -> bool:
    return bool(_TYPE_7.fullmatch(value)) or value.startswith("$") or is_mixed(value)


def _is_mixed_or_scrambled(value: str) -> bool:
    return is_mixed(value) or is_scrambled(value)


class CommandShape(NamedTuple):
    """What RE2 looks for, and what decides: an expression for what begins there, and one for what ends there.

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
        rf"\b(?:curl|etcdctl|https?|xh|ab|skopeo|smb\w+|rpcclient|winexe|wmic|net|lftp|wget|podman|buildah){_LINE}",
        lambda value: not is_placeholder(value),
    ),
    # options of one letter
    CommandShape(
        _CLIENTS,
        rf"{_START}{_CLIENTS}{_LINE}(?<=[ \t])-(?:[pP][ ]?|hp|pw[ ]|passwd[ ]|[aw][ \t]+)\\*[\"']?"
        r"(?P<secret>[^\s\"'\\$-][^\s\"'\\]{4,999})",
    ),
    CommandShape(rf"{_LOGIN}[ \t]", rf"{_LOGIN}(?=[ \t]){_LINE}[ \t]-p(?:[ \t]*|=){_SECRET}", accepts=is_given),
    CommandShape(r"[ ]-u[ ]+[\w.@\\-]{1,40}[ ]+-[pPw][ ]", rf"[ ]-u[ ]+[\w.@\\-]{{1,40}}[ ]+-[pPw]{_LAST}"),
    CommandShape(r"certutil[ ]", rf"certutil[ ]{_LINE}(?<=[ ])-p{_LAST}"),
    CommandShape(r"rclone[ ]+config[ ]", rf"rclone[ ]+config[ ]{_LINE}[ ]pass{_LAST}"),
    CommandShape(r"-pass\w*[ \t]+\\*[\"']?pass:", rf"-pass\w*[ \t]+{_OPEN}pass:{_SECRET}", accepts=is_given),
    CommandShape(r"openssl[ ]+(?:passwd|enc)[ ]", rf"openssl[ ]+(?:passwd(?:[ ]+-\w+)+|enc{_LINE}[ ]-k){_LAST}"),
    CommandShape(
        r"(?:sqlplus|expdp|impdp|sqlldr|rman|sqlcl)[ ]",
        rf"{_START}(?:sqlplus|expdp|impdp|sqlldr|rman|sqlcl)[ ]"
        rf"{_LINE}{_OPEN}(?<![/\w])[A-Za-z][\w$#]{{0,30}}/(?P<secret>[^\s@\"'\\/${{}}]{{4,}})(?=@|[ ]|\n|\Z)",
        accepts=is_given,
    ),
    CommandShape(
        rf"{_SIGN_IN}[ ]+[\w.-]",
        rf"{_SIGN_IN}{_LAST}",
        accepts=is_random,
    ),
    # places in a command
    CommandShape(
        r"(?i:net)[ ]+(?i:use)[ ]",
        rf"(?i:net)[ ]+(?i:use)[ ]+(?:[A-Za-z*]:?[ ]+)?{_OPEN}\\\S+(?:[ ]+/\S+)*{_LAST}",
        accepts=is_given,
    ),
    CommandShape(r"(?i:net)[ ]+(?i:user)[ ]", rf"(?i:net)[ ]+(?i:user){_NEXT}{_LAST}", rf"{_START}"),
    CommandShape(
        r"rabbitmqctl[ ]",
        rf"rabbitmqctl[ ]{_LINE}(?:add_user|change_password|authenticate_user){_OPTIONS}{_NEXT}{_LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add)[ ]",
        rf"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add){_OPTIONS}(?:{_NEXT}){{3}}{_LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"poetry[ ]+config[ ]",
        rf"poetry[ ]+config{_OPTIONS}[ ]+(?:http-basic\.\S+{_NEXT}|pypi-token\.\S+){_LAST}",
        accepts=is_given,
    ),
    CommandShape(r"htpasswd[ ]+-", rf"htpasswd[ ]+(?:-\w*n\w*{_NEXT}|(?:-\w+[ ]+)+{_ARGUMENT}{_NEXT}){_LAST}"),
    CommandShape(r"mysqladmin[ ]", rf"mysqladmin[ ]{_LINE}[ ]password{_LAST}", accepts=is_given),
    CommandShape(r"nmcli[ ]", rf"nmcli[ ]{_LINE}(?:[ ]password|\.psk){_LAST}", accepts=is_given),
    CommandShape(r"wpa_passphrase[ ]", rf"wpa_passphrase{_NEXT}{_LAST}", accepts=is_given),
    CommandShape(r"freerdp\w*[ ]", rf"freerdp\w*[ ]{_LINE}[ ]/p:{_SECRET}", accepts=is_given),
    CommandShape(r"schtasks[ ]", rf"schtasks[ ]{_LINE}/rp{_LAST}", accepts=is_given),
    CommandShape(r"cmdkey[ ]", rf"cmdkey[ ]{_LINE}/pass:{_SECRET}", accepts=is_given),
    CommandShape(r"db2[ ]+connect[ ]", rf"db2[ ]+connect[ ]{_LINE}[ ]using{_LAST}", accepts=is_given),
    CommandShape(r"rclone[ ]+obscure[ ]", rf"rclone[ ]+obscure{_LAST}", accepts=is_given),
    CommandShape(r"encrypt_string[ ]", rf"ansible-vault[ ]+encrypt_string{_OPTIONS}{_LAST}"),
    CommandShape(r"user(?:add|mod)[ ]", rf"user(?:add|mod)[ ]{_LINE}[ ](?:-p|--password)[ =]{_SECRET}"),
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
        r"--password-stdin|--with-token|--passphrase-fd|-pass\w*[ ]stdin|password-file[= ]-",
        r"",
        r"(?:echo|printf)[ ]+(?:-[neE]+[ ]+)*(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ ]+)?\\*[\"']?"
        r"(?P<secret>[^\s\"'\\$|<][^\s\"'|\\]{3,80}?)(?:\\+n)?\\*[\"']?[ ]*\|[^|\n]{1,120}",
        is_given,
    ),
    CommandShape(
        r"<<<[ ]*\\*[\"']?[^\s\"'<$]{4}",
        rf"<<<[ ]*{_OPEN}(?:[\w.-]+:)?{_SECRET}",
        r"(?:sudo|chpasswd|passwd|kinit|cryptsetup|stdin|with-token)[^\n<]{0,80}",
        is_given,
    ),
    CommandShape(
        r"send[ ]+(?:--[ ]+)?\\*\"[^\"\s]{4,60}?\\+[rn]|sendline\([bu]?\\*[\"']",
        rf"send(?:line\([bu]?\\*[\"'](?=[^\n]{{4,80}}?\))|[ ]+(?:--[ ]+)?\\*[\"'](?=\S{{4,80}}?\\+[rn])){_SECRET}",
        r"assword[^\n]{0,80}(?:(?:\n|\\+n)[^\n]{0,60})?",
        is_given,
    ),
    # protocols
    CommandShape(r"AUTH[ ]+[^\s]{4}", rf"AUTH{_SPACE}(?:[\w.@-]+{_SPACE})?{_SECRET}", _START),
    CommandShape(r"SETUSER[ ]", rf"SETUSER{_NEXT}[^\n>]{{0,120}}>{_SECRET}", accepts=is_given),
    CommandShape(r"PASS[ ]+[^\s]{4}", rf"PASS{_LAST}", r"USER[ ]+[^\n]{1,80}(?:\n|\\+n)[^\n]{0,12}"),
    CommandShape(r"LOGIN[ ]+[^\s]", rf"LOGIN{_NEXT}{_LAST}", _START),
    CommandShape(
        r"(?i:nickserv)[ :]",
        rf"(?i:nickserv)[ :]+(?i:identify|register)(?:{_SPACE}[\w-]+(?=[ ]+[^\s@]+(?:\s|\Z)))?{_LAST}",
        accepts=is_given,
    ),
    CommandShape(r"digest[ :][\w.-]{1,30}:", rf"digest[ :](?!sha|md5)\w[\w.-]*:{_SECRET}"),
    CommandShape(
        rf"{_CALL}=?\([bu]?\\*[\"']|{_CONNECT}\(",
        rf"(?:{_CALL}=?|{_CONNECT})\((?:[^()\n]{{0,160}}?,[ ]?)??[bu]?\\*[\"'][^\"'\n]{{1,80}}?\\*[\"'],[ ]?"
        rf"(?=\\*[\"']){_SECRET}",
        accepts=_is_mixed_or_scrambled,
    ),
    CommandShape(r"PASSWORD\(\\*'", rf"PASSWORD\((?=\\*'){_SECRET}"),
    CommandShape(
        r":[0-9a-f]{32}(?:\n|\\+n|\\*[\"']|\z)",
        r":(?P<secret>[0-9a-f]{32})(?=\n|\\+n|\\*[\"']|\Z)",
        r"[\w-]:[ \w.@-]*[A-Za-z][ \w.@-]*",
        lambda value: not value.isdigit(),
    ),
    # what other programs print or keep
    CommandShape(
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw)",
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw(?:or)?d)[^\n\w]{1,8}"
        r"(?P<secret>[a-z]{4}(?:[ -][a-z]{4}){3})\b",
        accepts=is_given,
    ),
    CommandShape(
        r"--password[ =][a-z]{4}-[a-z]{4}-",
        r"--password[ =](?P<secret>[a-z]{4}(?:-[a-z]{4}){3})\b",
        accepts=is_given,
    ),
    CommandShape(
        r"(?i:password|passphrase|secret|token)>\{[\w+/]{16}",
        r"(?i:password|passphrase|secret|token)>\{(?P<secret>[\w+/]{16,999}={0,2})\}<",
        accepts=is_given,
    ),
    CommandShape(
        r"<Key>Password</Key>",
        r"<Key>Password</Key>(?:\s|\\+[nrt])*<Value[^>\n]{0,60}>(?P<secret>[^<\n]{4,200})",
        accepts=is_given,
    ),
    CommandShape(
        r"New value:[ ]|password to proceed:",
        r"(?:New value:|password to proceed:)(?:\s|\\+[nr])+(?P<secret>[\w*+=-]{16,99})(?=\s|\\+[nr]|\Z)",
        accepts=is_random,
    ),
    CommandShape(
        rf"(?:key|secret|token|passw(?:or)?d|\.txt){_BREAK}[\w+/=-]{{16}}",
        rf"\w+{_BREAK}(?P<secret>[\w+/=-]{{16,200}})(?=\s|\\+[nr]|\Z)",
        rf"cat[ ]{_LINE}(?:key|secret|token|passw)?{_LINE}",
        is_random,
    ),
    CommandShape(
        r":[ ]*(?:PSK|XAUTH|EAP)[ ]+\\*\"", rf":[ ]*(?:PSK|XAUTH|EAP)[ ]+(?=\\*\"){_SECRET}", accepts=is_given
    ),
    CommandShape(r"[ ]ENC[ ]+[A-Za-z0-9]", rf"[ ]ENC{_LAST}", r"set[ ][\w-]+"),
    CommandShape(
        r"(?i:creds|credentials|login)(?:[:=][ ]?|[ ](?:is|are)[ ])[\w.@-]{2,30}[ :/]",
        rf"(?i:creds|credentials|login)(?:[:=][ ]?|[ ](?:is|are)[ ])[\w.@-]{{2,60}}(?:[:/]|[ ]/)[ ]?(?![/ ]){_SECRET}",
    ),
    CommandShape(
        r"WIFI:[A-Z]:",
        r"WIFI:(?:[A-OQ-Z]:[^;\n]{0,80};){0,6}P:(?P<secret>(?:[^;\\\n\"]|\\.){4,130}?)(?=;)",
        accepts=is_given,
    ),
    CommandShape(
        r"SECRET_KEY\\*[\"']?[ ]*[:=][ ]*\\*[\"'][^\s\"'\\]{40}",
        r"SECRET_KEY\\*[\"']?[ ]*[:=][ ]*\\*[\"'](?P<secret>[^\s\"'\\]{40,100})(?=\\*[\"'])",
        accepts=lambda value: not is_placeholder(value) and any(map(str.isdigit, value)),
    ),
    CommandShape(r"\]:(?:587|465|25)[ \t]", rf"\]:\d+[ \t]+[^\s:]{{1,80}}:{_SECRET}", accepts=is_given),
    CommandShape(
        r"(?:socks[45]|http)[ \t]+\d+\.\d+\.", rf"(?:socks[45]|http)[ \t]+[\d.]+[ \t]+\d+[ \t]+[\w.@-]+{_LAST}"
    ),
    CommandShape(r"d-i[ ]passwd/", rf"d-i[ ]passwd/\S+[ ]password{_LAST}"),
    CommandShape(r"rootpw[ ]+--", rf"rootpw{_OPTIONS}{_LAST}"),
    # routers, switches and SNMP
    CommandShape(
        r"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?)[ \t]",
        rf"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?{_NEXT}{_NEXT}){_LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"snmp[a-z]+[ ]+-",
        rf"snmp[a-z]+[ ]{_LINE}(?<=[ ])-[cAX]{_LAST}",
        accepts=lambda value: is_given(value) and value not in {"public", "private"},
    ),
    CommandShape(
        r"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)",
        rf"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)\S{{0,4}}(?:[ ](?:128|192|256))?{_LAST}",
    ),
    CommandShape(r"createUser[ ]", rf"createUser{_NEXT}[ ]+(?:SHA|MD5)\S*{_LAST}", accepts=is_given),
    CommandShape(
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]",
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]+\\*\"?(?P<secret>[^\s\"'\\]{4,999})",
        accepts=_is_encrypted_or_mixed,
    ),
    CommandShape(
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]",
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]+(?P<secret>[^\s\"'\\$]{6,})",
    ),
    CommandShape(
        rf"{_ROUTER}(?:[\w.-]+[ ]){{0,4}}(?:password|secret|key|md5)[ ]",
        rf"{_ROUTER}(?:[\w.-]+[ ]){{0,5}}?(?:password|secret|\w*-?key|md5){_LAST}",
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
