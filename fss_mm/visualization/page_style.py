"""The look that pages of episodes and of reports share."""

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 1em 2em; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 1px 1em 1px 0; }
section { margin: 1.5em 0; border-top: 1px solid #8888; }
section img, td img { max-width: 100%; }
section p { margin: 0; opacity: .8; }
h1 { font-size: 1.5em; overflow-wrap: anywhere; }
h2 { font-size: 1em; margin: .5em 0; }
pre { white-space: pre-wrap; color: #b00020; background: #fdecea; padding: .5em; }
[hidden] { display: none; }
"""
