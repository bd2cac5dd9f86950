"""A tour: its stops, as a TOML file describes them. Reading a file checks every name in it.

See `study.toml` for what a file may have.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast, get_args

from engine.errors import GrokError
from grok_tui.session.choices import Order
from grok_tui.session.keymap import KEYS
from grok_tui.session.workspaces import VIEW_ALIASES, VIEW_NAMES
from grok_tui.tour.conditions import Condition, Name, parse_condition
from grok_tui.tour.facts import EPOCH_NAMES
from grok_tui.tour.placeholders import PLACEHOLDERS
from grok_tui.tour.requirements import REQUIREMENTS

STUDY = Path(__file__).parent / "study.toml"

Strongest = Literal["strongest"]
# In braces: a placeholder, with `@` and the name of an epoch, or an action id.
FIELD = re.compile(r"\{([^{}]*)\}")
ACTIONS = {key.id: key for key in KEYS}
_STOP_FIELDS = ("title", "view", "epoch", "cluster", "neuron", "dimension", "order", "needs", "sentences", "key", "try")
_SENTENCE_FIELDS = ("text", "when", "otherwise")


@dataclass(frozen=True)
class Sentence:
    """A text with placeholders; where its condition does not hold, the other text, or nothing."""

    text: str
    when: Condition = ()
    otherwise: str | None = None

    @property
    def names(self) -> Iterator[Name]:
        """The placeholders of both texts and of the condition."""
        yield from (Name.parse(field) for text in (self.text, self.otherwise or "") for field in FIELD.findall(text))
        yield from (name for comparison in self.when for name in comparison.names)


@dataclass(frozen=True)
class Stop:
    """A place of the tour: the pane that is lit, what is selected, what to see there and a key to try."""

    title: str
    view: str
    sentences: tuple[Sentence, ...]
    key: str  # the id of an action
    hint: str  # what that key does here; empty: as the key table says it
    epoch: str | int = "last"
    cluster: int | Strongest | None = None
    neuron: int | Strongest | None = None  # strongest: of the cluster
    dimension: int | Strongest | None = None  # strongest: at the frequency of the cluster
    order: Order | None = None
    needs: tuple[str, ...] = ()

    @property
    def epoch_names(self) -> Iterator[str | int]:
        """Every epoch that it names."""
        yield self.epoch
        names = (name for sentence in self.sentences for name in sentence.names)
        yield from (name.epoch for name in names if name.epoch is not None)


@dataclass(frozen=True)
class Tour:
    """A title and the stops in their order."""

    title: str
    stops: tuple[Stop, ...]


def load_tour(path: Path | None = None) -> Tour:
    """The tour in a file; None: the tour of the study.

    Raises:
        GrokError: the file cannot be read, or has a mistake; the message says where and what is valid.
    """
    path = STUDY if path is None else path
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GrokError(f"{path}: {error.strerror or error}; --tour takes a TOML file.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GrokError(f"{path} is not valid TOML: {error}.") from error
    return _Reader(str(path)).tour(content)


@dataclass(frozen=True)
class _Reader:
    """Reads a part of a file; `where` names it in messages."""

    where: str

    def tour(self, content: Mapping[str, Any]) -> Tour:
        self.known(content, ("title", "stop"))
        stops = content.get("stop")
        if not isinstance(stops, list) or not stops or not all(isinstance(stop, dict) for stop in stops):
            raise self.error("a tour has at least one [[stop]]")
        return Tour(self.text(content, "title"), tuple(self.stop(number, stop) for number, stop in enumerate(stops, 1)))

    def stop(self, number: int, content: Mapping[str, Any]) -> Stop:
        title = content.get("title")
        reader = _Reader(f"{self.where}: stop {number}" + (f" ({title})" if isinstance(title, str) else ""))
        reader.known(content, _STOP_FIELDS)
        view = reader.text(content, "view")
        key = reader.one_of("key", reader.text(content, "key"), tuple(ACTIONS))
        sentences = content.get("sentences")
        if not isinstance(sentences, list) or not sentences:
            raise reader.error("sentences is a list of at least one sentence")
        needs = content.get("needs", [])
        if not isinstance(needs, list):
            raise reader.error("needs is a list, such as ['grokked']")
        return Stop(
            reader.text(content, "title"),
            reader.one_of("view", VIEW_ALIASES.get(view, view), VIEW_NAMES),
            tuple(map(reader.sentence, sentences)),
            key,
            reader.checked(reader.text(content, "try", "")),
            reader.epoch(content.get("epoch", "last")),
            reader.strongest(content, "cluster"),
            reader.strongest(content, "neuron"),
            reader.strongest(content, "dimension"),
            None
            if "order" not in content
            else cast(Order, reader.one_of("order", reader.text(content, "order"), get_args(Order))),
            tuple(reader.one_of("needs", need, tuple(REQUIREMENTS)) for need in needs),
        )

    def sentence(self, content: Any) -> Sentence:
        if isinstance(content, str):
            return Sentence(self.checked(content))
        if not isinstance(content, dict):
            raise self.error(f"a sentence is a text, or a table with text, when and otherwise; found {content!r}")
        self.known(content, _SENTENCE_FIELDS)
        try:
            when = parse_condition(self.text(content, "when", "")) if "when" in content else ()
        except ValueError as error:
            raise self.error(f"when: {error}") from error
        for comparison in when:
            for name in comparison.names:
                self.name(name)
        otherwise = self.checked(self.text(content, "otherwise")) if "otherwise" in content else None
        return Sentence(self.checked(self.text(content, "text")), when, otherwise)

    def checked(self, text: str) -> str:
        """A text, all of whose fields in braces are known."""
        for field in FIELD.findall(text):
            if field not in ACTIONS:
                self.name(Name.parse(field))
        if re.search(r"[{}]", FIELD.sub("", text)):
            raise self.error(f"a brace has no partner in {text!r}")
        return text

    def name(self, name: Name) -> None:
        known = (*PLACEHOLDERS, *ACTIONS) if "." in name.placeholder else tuple(PLACEHOLDERS)
        self.one_of("placeholder", name.placeholder, known)
        if name.epoch is not None:
            self.epoch(name.epoch)

    def epoch(self, value: Any) -> str | int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self.one_of("epoch", value, EPOCH_NAMES, also=" or a number")

    def strongest(self, content: Mapping[str, Any], name: str) -> int | Strongest | None:
        value = content.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        if value != "strongest":
            raise self.error(f"{name} is 'strongest' or a number; found {value!r}")
        return "strongest"

    def text(self, content: Mapping[str, Any], name: str, default: str | None = None) -> str:
        value = content.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(f"{name} is a text" + (f"; found {value!r}" if name in content else ", and is missing"))
        return value

    def known(self, content: Mapping[str, Any], names: Sequence[str]) -> None:
        for name in content:
            self.one_of("field", name, names)

    def one_of(self, what: str, value: Any, names: Collection[str], also: str = "") -> str:
        if isinstance(value, str) and value in names:
            return value
        close = get_close_matches(str(value), names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise self.error(f"{what} {value!r} is unknown; {hint}valid: {', '.join(names)}{also}")

    def error(self, sentence: str) -> GrokError:
        return GrokError(f"{self.where}: {sentence}.")
