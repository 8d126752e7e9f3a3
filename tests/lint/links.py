#!/usr/bin/python3
"""Every relative link of every tracked page leads somewhere, to a heading too, and every path of the tree quoted in `code` is there."""
import os, re, subprocess, sys

FOLDERS = "cli|cmake|configs|coordinator|data|deploy|docs|engine|examples|frontend|market|proto|review|scripts|spec|tests|worker"
QUOTED = re.compile(rf"`((?:{FOLDERS})/[\w./-]*\w/?)`")


def prose(text):
    """Without fenced blocks: what a page shows there is output."""
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def anchor(heading):
    words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(path):
    with open(path) as f:
        return {anchor(h) for h in re.findall(r"^#+ (.*)$", prose(f.read()), re.M)}


def faults(page):
    with open(page) as f:
        text = prose(f.read())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(path):
            yield f"the link {target} leads nowhere"
        elif part and path.endswith(".md") and part not in anchors(path):
            yield f"{path} has no heading for #{part}"
    for path in QUOTED.findall(text):
        forms = (path, path + ".h", os.path.join(os.path.dirname(page), path))  # a module is called by its header's name
        if "NAME" not in path and not any(map(os.path.exists, forms)):
            yield f"`{path}` is not in the tree"


listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True)
if listed.returncode:
    print("SKIPPED: not a git checkout")
    sys.exit(77)
pages = [p for p in listed.stdout.split() if os.path.exists(p)]
found = [f"{page}: {fault}" for page in pages for fault in faults(page)]
print("\n".join(found) or f"links: {len(pages)} pages, nothing leads nowhere")
sys.exit(bool(found))
