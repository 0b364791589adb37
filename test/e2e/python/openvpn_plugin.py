"""Whether a plugin of OpenVPN accepts a name and a password: it is called as OpenVPN calls it (openvpn-plugin.h)."""

import ctypes
import sys

AUTH_USER_PASS_VERIFY = 5

plugin, config, user, password = sys.argv[1:]


def strings(*texts):
    return (ctypes.c_char_p * (len(texts) + 1))(*[text.encode() for text in texts], None)


library = ctypes.CDLL(plugin)
library.openvpn_plugin_open_v1.restype = ctypes.c_void_p
library.openvpn_plugin_func_v1.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
wanted = ctypes.c_uint(0)
handle = library.openvpn_plugin_open_v1(ctypes.byref(wanted), strings(plugin, config), strings("verb=4"))
if not handle:
    sys.exit("the plugin does not take its configuration")
environment = strings(f"username={user}", f"password={password}")
code = library.openvpn_plugin_func_v1(handle, AUTH_USER_PASS_VERIFY, strings(plugin), environment)
print("accepted" if code == 0 else "refused")
