"""Made-up secrets that are recognized by their place: arguments of commands, columns of tables, lists, and prose."""

from tests.agent.runlog.redaction.secret_samples import ALNUM, BASE64, HEX, LOWER, UPPER, Sample, made_up

WORDS = "fjord" + "Lamp42"
"""A password that a person chose: words with a number behind them."""
STRONG = "Winter" + "!2031"

_PLACES: list[tuple[str, str, str]] = [
    # kind, a text in which % stands for the secret, and the secret
    ("net use", r"net use Z: \\fs01\share % /user:CORP\bob", WORDS),
    ("cisco type 7", "username bob password 7 %\n", "094F471A1A0A1405"),
    ("snmp community", "snmp-server community % RO\n", "n0cR3ad"),
    ("snmpwalk", "snmpwalk -v2c -c % 10.0.0.1", "n0cR3ad"),
    ("rabbitmqctl", "rabbitmqctl add_user app %", "carrotpatch"),
    ("redis auth", "AUTH default %", "s3cr3tRedis"),
    ("mc alias", "mc alias set play https://min.example.com:9000 admin %", "miniostorage9"),
    ("wifi code", "WIFI:S:Home;T:WPA;P:%;;", "sunnyday77"),
    ("sudo", "echo % | sudo -S apt update", "hunter22"),
    ("chpasswd", "echo 'root:%' | chpasswd", WORDS),
    ("chpasswd lines", "chpasswd <<EOF\nbob:Abc98xyz\nroot:%\nEOF", WORDS),
    ("csv", "name,email,password\nann,a@x.org,Qwe77rtz\nbob,b@x.org,%\n", WORDS),
    ("table with bars", "| user | password |\n|------|-----|\n| bob | % |\n", STRONG),
    ("insert", "INSERT INTO users (name, password) VALUES ('bob', '%');", STRONG),
    ("key in prose", "please use api key % for this", made_up("prose key", HEX, 32)),
    ("password in prose", "log in with password % now", STRONG),
    ("german prose", "Das Passwort lautet %", STRONG),
    ("login in prose", "my login is bob / %", WORDS),
    ("zookeeper", "addauth digest super:%", "adm1nPass"),
    ("htdigest", "bob:Private Area:%\n", made_up("htdigest", HEX, 32)),
    ("recovery codes", "Your recovery codes:\n 1. %\n 2. 7yhnb-3edcv\n", "8xk2q-9k2bd"),
    ("poetry", "poetry config http-basic.acme bob %", "carrotpatch"),
    ("expect", 'expect "*assword:"\nsend "%\\r"', "carrotpatch"),
    ("letters", '$secret = "%";', "XkPqRtZwLmNbVcYd"),
    ("rclone", "[b2]\ntype = b2\nkey = %\n", "K001" + made_up("b2", ALNUM, 27)),
    ("long header of a jwt", "it is %", "eyJ" + made_up("h", ALNUM, 9000) + ".eyJzdWIiOiIxMjM0NTYi." + "Qw3" * 14),
    ("words and a number", "PGPASSWORD=% psql -h db", WORDS),
    ("call of a login", 'server.login("bob@example.com", "%")', made_up("login", LOWER, 2) + "cdwxyzmnopqrst"),
    ("psexec", r"psexec \\host -u bob -p % cmd", WORDS),
    ("cmdkey", "cmdkey /add:srv /user:bob /pass:%", WORDS),
    ("gradle", 'storePassword "%"\n', WORDS),
    ("keepass", "<Key>Password</Key>\n<Value Protect='True'>%</Value>", STRONG),
    ("ipsec", '10.0.0.1 10.0.0.2 : PSK "%"', WORDS),
    ("unseal key", "Unseal Key 1: %\n", made_up("unseal", BASE64, 43) + "="),
    ("jenkins", "use the following password to proceed:\n\n%\n\nIt is also", made_up("jenkins", HEX, 32)),
    ("ntlm", "bob:500:aad3b435b51404eeaad3b435b51404ee:%:::", made_up("ntlm", HEX, 32)),
    ("kerberos ticket", "$krb5tgs$23$*svc$X$x*$%", made_up("krb", HEX, 232)),
    ("keytool before an option", "keytool -genkey -keypass % -alias x", WORDS),
    ("csv of aws", "Access key ID,Secret access key\nx,%\n", made_up("aws csv", BASE64 + UPPER, 40)),
]
PLACES = [Sample(kind, text.replace("%", secret, 1), secret) for kind, text, secret in _PLACES]
