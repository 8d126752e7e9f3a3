#!/usr/bin/python3
"""What pages say of the program is what its sources say: every `plateau VERB` is a verb, and every message of the first column of
docs/troubleshooting.md is one of the program's (what stands between < and > there is filled in)."""
import re, subprocess, sys

NOT_VERBS = {"VERB", "worker"}  # a placeholder; worker has its own program too


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], capture_output=True, text=True)
    if listed.returncode:
        print("SKIPPED: not a git checkout")
        sys.exit(77)
    return listed.stdout.split()


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def literals():
    """Every string of the C sources, neighbours joined, conversions as gaps."""
    text = "".join(read(p) for p in tracked("*.c", "*.h") if not p.startswith("tests/"))
    joined = re.sub(r'"\s*(?:PRI\w+\s*)?"', "", text)
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined)
    return "\n".join(re.sub(r"%%", "%", re.sub(r"%[-+ #0-9.*]*(?:l|ll|z|h)?[a-zA-Z]", "\0", s)) for s in strings)


def strange_verbs(page, verbs):
    code = "\n".join(re.findall(r"^```.*?^```", page, re.S | re.M) + re.findall(r"`[^`\n]+`", page))
    used = re.findall(r"(?:^|[`$;|(] ?|&& |exec )plateau ([A-Za-z][a-z]*)\b", code, re.M)
    return sorted(set(used) - verbs)


def strange_messages(page, known):
    for row in re.findall(r"^\| `([^`]+)`", page, re.M):
        pieces = [piece.strip() for piece in re.split(r"<[^>]*>", row) if piece.strip()]
        if not all(piece in known for piece in pieces):
            yield row


verbs = set(re.findall(r"^ +X\((\w+),", read("cli/cli.h"), re.M)) | NOT_VERBS
found = [f"{page}: there is no verb {verb}" for page in tracked("*.md") for verb in strange_verbs(read(page), verbs)]
known = literals()
found += [f"docs/troubleshooting.md: the program does not say '{row}'" for row in strange_messages(read("docs/troubleshooting.md"), known)]
print("\n".join(found) or f"words: {len(verbs)} verbs, the messages of the pages are the program's")
sys.exit(bool(found))
