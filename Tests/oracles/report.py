#!/usr/bin/env python3
"""Works report.html with the keyboard alone, in headless Chromium, at desktop and phone width, light and dark.

    report.py OVERLAY CTX2NII EXPLAIN SERIES      makes a case of the series, its report, and goes through the page

The keys go through the browser's own input path (DevTools protocol, Input.dispatchKeyEvent), so that what is checked is
what a person at a keyboard gets: every control is reached with Tab and shows that it has the focus, the arrows leaf
through slices, planes and targets, nothing is wider than the window, and the page asks nothing of any server.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket


class Browser:
    """A page in a headless Chromium."""

    def __init__(self, path, folder):
        self.process = subprocess.Popen(
            [shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
             "--remote-allow-origins=*", f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        port_file = pathlib.Path(folder) / "DevToolsActivePort"
        for _ in range(300):
            if port_file.exists() and port_file.read_text().count("\n"):
                break
            time.sleep(0.1)
        port = port_file.read_text().split("\n")[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list"))
        self.socket = websocket.create_connection(
            next(page for page in pages if page["type"] == "page")["webSocketDebuggerUrl"], timeout=60)
        self.count, self.requests, self.errors = 0, [], []
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        self.url = path.as_uri()

    def call(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(message["params"]["exceptionDetails"]["text"])
            if message.get("id") == self.count:
                return message.get("result", {})

    def open(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=self.url)
        for _ in range(300):
            if self.value("document.readyState") == "complete":
                return
            time.sleep(0.1)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]
        return result.get("value")

    def press(self, key):
        codes = {"Tab": 9, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key])

    def close(self):
        self.socket.close()
        os.killpg(self.process.pid, signal.SIGKILL)  # its helpers, too, which write to the profile
        self.process.wait()


FOCUS = "(e => e.id || e.name || e.tagName)(document.activeElement)"
# An outline or a shadow, of the control itself or of the label around it.
VISIBLE = """(e => [e, e.nextElementSibling, e.parentElement].filter(Boolean).some(x => {
  const s = getComputedStyle(x); return (s.outlineStyle != 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow != 'none'
}))(document.activeElement)"""


def walk(browser, width, height, scheme):
    """The problems of the page at one width in one colour scheme."""
    problems = []

    def expect(holds, what):
        if not holds:
            problems.append(f"{width} pixels, {scheme}: {what}")

    def tab_to(name):
        for _ in range(40):
            if browser.value(FOCUS) == name:
                return True
            browser.press("Tab")
        return False

    browser.open(width, height, scheme)
    expect(browser.value("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the window")
    dark = browser.value(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) < 384")
    expect(dark == (scheme == "dark"), f"the background is {'dark' if dark else 'light'}")
    state = "[document.getElementById('image').src, document.getElementById('caption').textContent].join()"
    for control, keys in [("slice", ["ArrowRight", "ArrowLeft", "End", "Home"]), ("plane", ["ArrowDown", "ArrowDown"])]:
        expect(tab_to(control), f"Tab does not reach {control}")
        expect(browser.value(VISIBLE), f"{control} does not show its focus")
        for key in keys:
            before = browser.value(state)
            browser.press(key)
            expect(browser.value(state) != before, f"{key} on {control} changes nothing")
    expect(tab_to("target"), "Tab does not reach target")
    expect(browser.value(VISIBLE), "target does not show its focus")
    overlay = "[document.getElementById('overlay').hidden, document.getElementById('overlay').alt].join()"
    seen = set()
    for key in ["Home", "ArrowDown", "ArrowDown"]:
        browser.press(key)
        seen.add(browser.value(overlay))
    expect(len(seen) >= 2, "the arrows choose no other target")
    expect(tab_to("opacity"), "Tab does not reach opacity")
    before = browser.value("getComputedStyle(document.getElementById('overlay')).opacity")
    browser.press("Home")
    expect(browser.value("getComputedStyle(document.getElementById('overlay')).opacity") != before, "Home leaves the opacity")
    return problems


def main():
    overlay, ctx2nii, explain, series = sys.argv[1:]
    # A killed helper may still be at its last write to the profile.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        work = pathlib.Path(work)
        script = '"$1" "$2" | "$3" --method gradient --target liver,spleen | "$4" -o "$5" --products html'
        subprocess.run(["bash", "-o", "pipefail", "-c", script, "", ctx2nii, series, explain, overlay, work / "out"], check=True)
        browser = Browser(work / "out/report.html", work / "profile")
        try:
            problems = []
            for width, height in [(1280, 900), (390, 844)]:
                for scheme in ("light", "dark"):
                    problems += walk(browser, width, height, scheme)
            outside = [url for url in browser.requests if not url.startswith(("file:", "data:", "about:"))]
            problems += [f"the page asks for {url}" for url in outside] + browser.errors
        finally:
            browser.close()
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"report.html: 4 walks with the keyboard, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
