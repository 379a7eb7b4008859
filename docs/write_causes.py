"""Writes causes.md and causes.ja.md from the program's own table: run it when a cause or its words have changed."""

from pathlib import Path

from panel.diagnosis.reference import markdown
from panel.i18n import LOCALES, catalogue

FILES = {"en": "causes.md", "ja": "causes.ja.md"}


def main() -> None:
    for locale in LOCALES:
        path = Path(__file__).with_name(FILES[locale])
        path.write_text(markdown(catalogue(locale).gettext), "utf-8")


if __name__ == "__main__":
    main()
