"""What ldap3 sees of the directory, as one JSON object. Its schema checks are on."""

import json
import os
import ssl

from ldap3 import ALL, ALL_ATTRIBUTES, ALL_OPERATIONAL_ATTRIBUTES, Connection, ObjectDef, Reader, Server, Tls
from ldap3.core.exceptions import LDAPAttributeError, LDAPObjectClassError

BASE = os.environ["LDAP_BASE"]
USERS = f"ou=users,{BASE}"
tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=os.environ["LDAP_CA"])
server = Server("127.0.0.1", port=int(os.environ["LDAP_PORT"]), get_info=ALL, tls=tls)
connection = Connection(server, os.environ["LDAP_BIND_DN"], os.environ["LDAP_BIND_PW"], check_names=True)
seen = {}

connection.open()
seen["startTls"] = connection.start_tls()
seen["bound"] = connection.bind()
seen["whoAmI"] = connection.extend.standard.who_am_i()
seen["namingContexts"] = server.info.naming_contexts


def refused_names(filter_text):
    """Whether ldap3 refuses a filter because the schema lacks a name in it."""
    try:
        connection.search(BASE, filter_text, attributes=["cn"])
        return False
    except (LDAPAttributeError, LDAPObjectClassError):
        return True


seen["refusesUnknownNames"] = refused_names("(noSuchAttribute=x)") and refused_names("(objectClass=noSuchClass)")
seen["knowsNames"] = not refused_names("(&(objectClass=posixAccount)(!(objectClass=computer))(uidNumber>=1))")


def classes_of(names):
    """The classes named and all above them."""
    found, pending = {}, list(names)
    while pending:
        name = pending.pop()
        described = server.schema.object_classes.get(name)
        if described is None:
            seen.setdefault("unknownClasses", []).append(name)
        elif described.oid not in found:
            found[described.oid] = described
            pending.extend(described.superior or [])
    return list(found.values())


def breaches(entry):
    """How an entry breaks the published schema (RFC 4512 §2.4, §2.5)."""
    found = []
    classes = classes_of(entry["attributes"]["objectClass"])
    allowed = {name.lower() for each in classes for name in (each.must_contain or []) + (each.may_contain or [])}
    present = {name.lower() for name, values in entry["attributes"].items() if values != []}
    for each in classes:
        found += [f"lacks {name}" for name in each.must_contain or [] if name.lower() not in present]
    for name, values in entry["raw_attributes"].items():
        described = server.schema.attribute_types.get(name)
        if described is None:
            found.append(f"{name} is not in the schema")
        elif described.single_value and len(values) > 1:
            found.append(f"{name} has {len(values)} values")
        elif described.usage is None and not {each.lower() for each in described.name} & allowed:
            found.append(f"{name} is in no class of the entry")
    return found


entries = [
    entry
    for entry in connection.extend.standard.paged_search(
        BASE, "(objectClass=*)", attributes=[ALL_ATTRIBUTES, ALL_OPERATIONAL_ATTRIBUTES], paged_size=50, generator=False
    )
    if entry["type"] == "searchResEntry"
]
seen["entries"] = len(entries)
seen["breaches"] = [f"{entry['dn']}: {breach}" for entry in entries for breach in breaches(entry)]

connection.search(USERS, "(uid=alice)", attributes=["uidNumber", "createTimestamp", "entryUUID", "memberOf", "cn"])
alice = connection.entries[0]
seen["types"] = {name: type(alice[name].value).__name__ for name in ("uidNumber", "createTimestamp", "memberOf", "cn")}
connection.search(USERS, "(&(objectClass=user)(sAMAccountName=alice))", attributes=["sAMAccountName"])
seen["asActiveDirectory"] = [entry.entry_dn for entry in connection.entries]
seen["compare"] = [connection.compare(alice.entry_dn, "mail", mail) for mail in ("ALICE@example.com", "bob@example.com")]
reader = Reader(connection, ObjectDef(["inetOrgPerson", "posixAccount"], connection), USERS, "uid: alice")
seen["reader"] = [entry.entry_dn for entry in reader.search()]

for name, password in (("alice", "Alice-Pass-1"), ("alice", "wrong"), ("dave", "Dave-Pass-5")):
    other = Connection(server, f"uid={name},{USERS}", password)
    other.start_tls()
    bound = other.bind()
    seen.setdefault("binds", []).append([name, bound, other.result["result"]])
    other.unbind()

connection.unbind()
print(json.dumps(seen, default=str))
