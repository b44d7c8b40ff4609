#!/usr/bin/python3
"""Property: the stand-in of WinRM that our worker is tested against is one that somebody else's client takes for WinRM. Method:
Debian's pywinrm drives it unchanged, over HTTPS with a certificate that is checked: Basic and NTLM, a command, PowerShell, a fault."""
import os
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [ROOT + "/tests/lab", os.path.dirname(os.path.abspath(__file__))]
try:
    import winrm
    import winrm.exceptions
except ImportError:
    print("skipped: there is no python3-winrm")
    sys.exit(0)
import certificates
import wsman

failures = []


def check(good, what, seen=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f": {seen}"))
    if not good:
        failures.append(what)


with certificates.Authority() as authority:
    machine = wsman.Machine(*authority.issue("localhost")).start()
    machine.commands["ipconfig /all"] = ("Windows IP Configuration: é€\r\n".encode(), b"", 0)
    powershell = "powershell -encodedcommand VwByAGkAdABlAC0ATwB1AHQAcAB1AHQAIABoAGkA"
    machine.commands[powershell] = (b"hi\r\n", b"", 3)
    for transport in ("ssl", "ntlm"):
        session = winrm.Session(f"https://localhost:{machine.port}/wsman", auth=("soar", "Soar-Secret-1"), transport=transport,
                                ca_trust_path=authority.file)
        result = session.run_cmd("ipconfig", ["/all"])
        check((result.status_code, result.std_out.decode(), result.std_err) == (0, "Windows IP Configuration: é€\r\n", b""),
              f"{transport}: a command", result)
        result = session.run_ps("Write-Output hi")
        check((result.status_code, result.std_out) == (3, b"hi\r\n"), f"{transport}: PowerShell", result)
        wrong = winrm.Session(f"https://localhost:{machine.port}/wsman", auth=("soar", "wrong"), transport=transport,
                              ca_trust_path=authority.file)
        try:
            wrong.run_cmd("ipconfig", ["/all"])
            check(False, f"{transport}: a wrong password is refused")
        except winrm.exceptions.InvalidCredentialsError:
            check(True, f"{transport}: a wrong password is refused")
    machine.trick = "timed-out"
    check(session.run_cmd("ipconfig", ["/all"]).status_code == 0, "it goes on after TimedOut")
    machine.trick = "quota"
    try:
        session.run_cmd("ipconfig", ["/all"])
        check(False, "a fault is one to it, too")
    except winrm.exceptions.WinRMError as e:
        check("2150859174" in str(e) and "QuotaLimit" in str(e), "a fault is one to it, too", e)
    check(machine.complaints == [], "and nothing that it sent was found wrong", machine.complaints)
    check(machine.shells == {}, "and no shell is left", machine.shells)
    check(machine.ways == {"basic", "ntlm"}, "it logged in both ways", machine.ways)
    machine.stop()
sys.exit(len(failures) > 0)
