#!/usr/bin/env python3
"""Writes the man page or the bash completion from what the program says of itself, so that neither can tell another story.

usage: describe.py man|bash PROGRAM > FILE
"""
import re
import subprocess
import sys


def help_of(program, words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=10, check=True).stdout


def entries(text, section):
    """The names that a section of the help lists: `  NAME  what it is`, by two spaces and not more."""
    found = re.search(rf"^{section}:\n((?:  .*\n|\n(?=  ))*)", text, re.M)
    return re.findall(r"^  (\S+)", found.group(1), re.M) if found else []


def commands(program, words=()):
    """Each command of the program with its help, the program itself first, in the order of the help."""
    text = help_of(program, words)
    yield list(words), text
    for name in entries(text, "Subcommands"):
        yield from commands(program, [*words, name])


def options(text):
    """-h and --help of `-h,--help`, --to of `--to ADDRESS`."""
    return [word for entry in entries(text, "Options") for word in entry.split(",") if word.startswith("-")]


def roff(text):
    """As it stands: a leading dot or quote would be an order, a backslash an escape, a plain minus a hyphen that nobody can copy."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def man(program):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    everything = list(commands(program))
    top = everything[0][1]
    print(f'.TH POSTHASTE 1 "" "{version}" "Posthaste"')
    print(".SH NAME\nposthaste \\- transactional e\\-mail over gRPC")
    print(".SH SYNOPSIS\n.B posthaste\n.I COMMAND\n[OPTION...]")
    print(".SH DESCRIPTION\n.nf\n" + roff(top.rstrip()) + "\n.fi")
    print(".SH COMMANDS")
    for words, text in everything[1:]:
        print(f".SS {roff(' '.join(words))}\n.nf\n{roff(text.rstrip())}\n.fi")
    print(".SH FILES\n.TP\n.I /etc/posthaste/posthaste.yaml\nThe configuration; it explains itself.")
    print(".TP\n.I /usr/share/doc/posthaste/OPERATIONS.md\nEvery setting, metric, alert and limit.")


def bash(program):
    print("# bash completion of posthaste, written by deploy/package/describe.py from its --help.")
    print("_posthaste() {\n  local word path='' i\n  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}")
    # What is not a command below the one before is an option, its value or an address: none changes where we are.
    print('    case "$path $word" in')
    everything = list(commands(program))
    print("      " + " | ".join(f'" {" ".join(words)}"' for words, _ in everything if words) + ') path+=" $word" ;;')
    print("    esac\n  done\n  case $path in")
    for words, text in everything:
        known = entries(text, "Subcommands") + options(text)
        print(f"    '{''.join(' ' + word for word in words)}') word='{' '.join(known)}' ;;")
    print("  esac\n  # Options and commands; where neither fits, -o default completes names of files.")
    print('  mapfile -t COMPREPLY < <(compgen -W "$word" -- "${COMP_WORDS[COMP_CWORD]}")\n}')
    print("complete -o default -F _posthaste posthaste")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("man", "bash"):
        sys.exit(__doc__)
    {"man": man, "bash": bash}[sys.argv[1]](sys.argv[2])
