"""What python-ldap (on libldap) sees of the directory, as one JSON object."""

import json
import os

import ldap
import ldap.filter
import ldap.schema
from ldap.controls import MatchedValuesControl, SimplePagedResultsControl
from ldap.controls.deref import DereferenceControl
from ldap.controls.simple import ManageDSAITControl
from ldap.controls.sss import SSSRequestControl
from ldap.controls.vlv import VLVRequestControl, VLVResponseControl
from ldap.ldapobject import LDAPObject
from ldap.syncrepl import SyncreplConsumer

BASE = os.environ["LDAP_BASE"]
USERS = f"ou=users,{BASE}"
GROUPS = f"ou=groups,{BASE}"
seen = {}


class Synchronized(LDAPObject, SyncreplConsumer):
    """Keeps what a refresh gives."""

    cookie = None
    present = {}

    def syncrepl_get_cookie(self):
        return self.cookie

    def syncrepl_set_cookie(self, cookie):
        self.cookie = cookie

    def syncrepl_entry(self, dn, attributes, uuid):
        self.present[uuid] = dn

    def syncrepl_present(self, uuids, refreshDeletes=False):
        pass

    def syncrepl_delete(self, uuids):
        for uuid in uuids:
            self.present.pop(uuid, None)

    def syncrepl_refreshdone(self):
        pass


def connect(kind=LDAPObject):
    """A connection with StartTLS that is bound as the service account."""
    connection = kind(os.environ["LDAP_URI"])
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, os.environ["LDAP_CA"])
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.start_tls_s()
    connection.simple_bind_s(os.environ["LDAP_BIND_DN"], os.environ["LDAP_BIND_PW"])
    return connection


def search(base, text, names, controls, scope=ldap.SCOPE_SUBTREE):
    """The entries, and the controls that came with the result."""
    number = connection.search_ext(base, scope, text, names, serverctrls=controls)
    _, entries, _, answers, _, _ = connection.result4(number, add_ctrls=1)
    return entries, answers


def uids(entries):
    return [entry[1]["uid"][0].decode() for entry in entries]


connection = connect()
seen["whoAmI"] = connection.whoami_s()

page = SimplePagedResultsControl(True, size=60, cookie="")
walked, pages = [], 0
while True:
    entries, answers = search(USERS, "(objectClass=posixAccount)", ["uid"], [page])
    walked += uids(entries)
    pages += 1
    page.cookie = next(each.cookie for each in answers if each.controlType == page.controlType)
    if not page.cookie:
        break
seen["paged"] = {"pages": pages, "users": len(set(walked))}

newest = SSSRequestControl(criticality=True, ordering_rules=["-uidNumber"])
seen["sorted"] = uids(search(USERS, "(uid=u000*)", ["uid"], [newest])[0])
window = VLVRequestControl(criticality=True, before_count=1, after_count=2, offset=4, content_count=0)
entries, answers = search(USERS, "(uid=u0*)", ["uid"], [SSSRequestControl(ordering_rules=["uidNumber"]), window])
view = next(each for each in answers if each.controlType == VLVResponseControl.controlType)
seen["listView"] = {"uids": uids(entries), "offset": view.targetPosition, "of": view.contentCount}

entries, _ = search(GROUPS, "(cn=staff)", ["cn"], [DereferenceControl(True, {"member": ["uid", "uidNumber"]})])
seen["dereferenced"] = sorted([*values["uid"], *values["uidNumber"]] for _, values in entries[0][2][0].derefRes["member"])

matched, _ = search(GROUPS, "(cn=staff)", ["member"], [MatchedValuesControl(True, f"((member=uid=bob,{USERS}))")])
seen["matchedValues"] = [value.decode() for value in matched[0][1]["member"]]
seen["manageDsaIt"] = len(search(USERS, "(uid=alice)", ["uid"], [ManageDSAITControl(True)])[0])

subschema = ldap.schema.SubSchema(connection.read_subschemasubentry_s(connection.search_subschemasubentry_s()))
seen["attributeTypes"] = len(subschema.listall(ldap.schema.AttributeType))
unknown = set()
for _, attributes in connection.search_s(BASE, ldap.SCOPE_SUBTREE, "(objectClass=*)", ["*", "+"]):
    for name in attributes:
        if subschema.get_obj(ldap.schema.AttributeType, name.split(";")[0]) is None:
            unknown.add(name)
seen["unknownAttributes"] = sorted(unknown)

escaped = ldap.filter.filter_format("(cn=%s)", ["Comma, Carol (Ops) *"])
seen["escaped"] = uids(connection.search_s(USERS, ldap.SCOPE_SUBTREE, escaped, ["uid"]))

replica = connect(Synchronized)
for turn in ("first", "second"):
    number = replica.syncrepl_search(USERS, ldap.SCOPE_ONELEVEL, mode="refreshOnly", filterstr="(objectClass=*)", attrlist=["uid"])
    try:
        while replica.syncrepl_poll(msgid=number, all=1):
            pass
    except ldap.NO_SUCH_OPERATION:
        pass
    seen.setdefault("synchronized", []).append(len(replica.present))
seen["hasCookie"] = bool(replica.cookie)


def outcome(action):
    try:
        action()
        return "success"
    except ldap.LDAPError as error:
        return type(error).__name__


seen["binds"] = {
    name: outcome(lambda: connection.simple_bind_s(f"uid={name.split()[0]},{USERS}", password))
    for name, password in (("alice", "Alice-Pass-1"), ("alice wrong", "wrong"), ("alice empty", ""), ("dave", "Dave-Pass-5"))
}
print(json.dumps(seen))
