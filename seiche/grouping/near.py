"""The near-duplicate decision: which issue an UNSEEN fingerprint belongs to, if any. Pure, incremental, bounded; one index a project.

How the one writer of a project's issues uses it, for each event in the order of the log:

1. An event whose fingerprints include a known one belongs to that issue: O(1), and `seen(fingerprint, shape)` notes release and caller
   (True where it learned something, so that the changed `member(fingerprint)` is to be stored).
2. Else `decide(shape)`: `Decision.issue_id` is the issue to join, or None: a new one. In doubt it is a new one: hiding a bug is worse
   than splitting one. Either way `add(issue_id, fingerprint, shape)` follows, and the decision is recorded once, with its reason.
3. A merge, an unmerge or a split moves fingerprints: `move(fingerprint, issue_id)`. Look-alikes follow by themselves. What people took
   out of an issue stays out: pass its id in `barred`.

The state is its members, `members()`, in the order in which they were added: `NearIndex(members)` decides as the index they came from,
so a restart changes nothing, and the same stream in the same order gives the same groups.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator

import msgspec

from seiche.grouping.builds import Builds, Position, position
from seiche.grouping.evidence import CHANGED, HALF, MINIFIED, OTHER_WORDS, SAME_WORDS, Evidence, compare, name
from seiche.grouping.shape import Shape
from seiche.grouping.skeleton import informative
from seiche.grouping.templates import is_name, telling, tokens

THRESHOLD = 0.66
MARGIN = 0.03
"""A second issue that is as likely within this makes the first a guess."""
CANDIDATES = 24
POSTINGS = 32
MEMBERS = 50_000
RELEASES, CALLERS = 8, 24
VARIANTS = 3
"""A word of a message is data once it has taken so many values."""


class Member(msgspec.Struct):
    """A fingerprint of an issue and what is known of it. `issue_id` and the lists change."""

    issue_id: int
    fingerprint: str
    shape: Shape
    releases: list[str]
    """In which it was seen, newest last."""
    callers: list[str]
    """Who called the culprit, newest last."""


Ranked = list[tuple[Evidence, Member]]


class Decision(msgspec.Struct, frozen=True):
    """Where an unseen fingerprint belongs, and why."""

    issue_id: int | None
    """None: a new issue."""
    rule: str
    score: float
    """0 to 1; of a new issue, that of the best one refused."""
    fingerprint: str = ""
    """The member that matched, or came closest."""
    runner_up: int | None = None
    runner_up_score: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()
    """What was compared, each 0 to 1."""

    @property
    def reason(self) -> str:
        """One sentence for people."""
        told = ", ".join(f"{part} {value:.2f}" for part, value in self.parts)
        rival = f"; next best: issue {self.runner_up} at {self.runner_up_score:.2f}" if self.runner_up is not None else ""
        return f"{self.rule} (score {self.score:.2f}, needs {THRESHOLD:.2f}{': ' + told if told else ''}){rival}"


class NearIndex:
    """Members by what survives a release. Memory is bounded by `limit` members; those longest unseen go first."""

    def __init__(self, members: Iterable[Member] = (), *, limit: int = MEMBERS) -> None:
        self._limit = limit
        self._changed: dict[str, None] = {}
        self._forgotten: dict[str, None] = {}
        self._members: OrderedDict[str, Member] = OrderedDict()
        # Most keys lead to one member: that one's fingerprint then stands for a dict of it, and a hash for the key. It halves the memory.
        self._postings: dict[int, str | dict[str, None]] = {}
        self._frames: dict[str, int] = {}
        self._builds = Builds(self._issue_of)
        for member in members:
            self._insert(member)
        self._changed.clear()

    def __len__(self) -> int:
        return len(self._members)

    def changes(self) -> tuple[list[Member], list[str]]:
        """(members to store, in this order; fingerprints to forget) since the last call."""
        found = [self._members[fingerprint] for fingerprint in self._changed], list(self._forgotten)
        self._changed, self._forgotten = {}, {}
        return found

    def members(self) -> Iterator[Member]:
        """The state, to be stored and given to a new index in this order."""
        return iter(self._members.values())

    def member(self, fingerprint: str) -> Member | None:
        """What is known of a fingerprint."""
        return self._members.get(fingerprint)

    def add(self, issue_id: int, fingerprint: str, shape: Shape) -> Member:
        """A decided fingerprint."""
        known = self._members.get(fingerprint)
        if known is not None:
            known.issue_id = issue_id
            self.seen(fingerprint, shape)
            return known
        caller = _caller(shape)
        member = Member(issue_id, fingerprint, shape, [shape.release], [caller] if caller else [])
        self._insert(member)
        return member

    def seen(self, fingerprint: str, shape: Shape) -> bool:
        """An event of a known fingerprint: notes its release and caller. True where either was new."""
        member = self._members.get(fingerprint)
        if member is None:
            return False
        learned = False
        caller = _caller(shape)
        if shape.release not in member.releases:
            member.releases = [*member.releases[1 - RELEASES :], shape.release]
            learned = True
        if caller and caller not in member.callers:
            member.callers = [*member.callers[1 - CALLERS :], caller]
            learned = True
        if learned:  # as if it were added now, so that an index rebuilt from `members()` is the same
            self._members.move_to_end(fingerprint)
            self._touch(fingerprint)
            self._post(member)
        return learned

    def move(self, fingerprint: str, issue_id: int) -> None:
        """A fingerprint now belongs to another issue: people merged or split."""
        if (member := self._members.get(fingerprint)) is not None:
            member.issue_id = issue_id

    def candidates(self, shape: Shape) -> list[Member]:
        """Members that share something telling, the most telling first; at most `CANDIDATES`."""
        found: dict[str, float] = {}
        for key in _keys(shape):
            posted = self._posted(key)
            if posted:
                weight = 1.0 / (1.0 + len(posted))
                for fingerprint in posted:
                    found[fingerprint] = found.get(fingerprint, 0.0) + weight
        best = sorted(found, key=lambda fingerprint: (-found[fingerprint], fingerprint))[:CANDIDATES]
        return [self._members[fingerprint] for fingerprint in best]

    def decide(self, shape: Shape, *, barred: Collection[int] = ()) -> Decision:
        """Where a shape of an unseen fingerprint belongs. `barred`: issues that people said it is not."""
        candidates = [member for member in self.candidates(shape) if member.issue_id not in barred]
        if not shape.steps and not shape.cycle and (said := self._message(shape, candidates)) is not None:
            return said
        best: dict[int, tuple[Evidence, Member]] = {}
        vetoed: set[int] = set()
        compared = [(compare(shape, member.shape, member.callers, self), member) for member in candidates]
        varied = {member.shape.template for evidence, member in compared if evidence is not None and evidence.rule == OTHER_WORDS}
        for evidence, member in compared:
            if evidence is None or (evidence.rule == OTHER_WORDS and len(varied) < VARIANTS - 1 and not _reworded(shape, member, evidence)):
                continue
            if _coexists(shape, member, evidence.rule):
                vetoed.add(member.issue_id)
            known = best.get(member.issue_id)
            if known is None or evidence.score > known[0].score:
                best[member.issue_id] = (evidence, member)
        ranked = sorted(
            ((evidence, member) for issue_id, (evidence, member) in best.items() if issue_id not in vetoed),
            key=lambda pair: (-pair[0].score, pair[1].issue_id),
        )
        alike = {member.issue_id for evidence, member in compared if evidence is not None and evidence.rule == MINIFIED}
        ranked = _told_apart(ranked, twins=len(alike) > 1, by_caller=bool(shape.via))
        if not ranked:
            return Decision(None, "both in one release" if vetoed else "unseen", 0.0)
        (evidence, member), rest = ranked[0], ranked[1:]
        rival, rival_score = (rest[0][1].issue_id, rest[0][0].score) if rest else (None, 0.0)
        joined: int | None = member.issue_id
        rule = evidence.rule
        if evidence.score < THRESHOLD:
            joined, rule = None, f"too little in common: {evidence.rule}"
        elif rest and evidence.score - rival_score < MARGIN and rule != OTHER_WORDS:
            joined, rule = None, f"two issues are as likely: {evidence.rule}"
        return Decision(joined, rule, evidence.score, member.fingerprint, rival, rival_score, evidence.parts)

    def rarity(self, frame: str) -> float:
        """1 of a frame that one or two members hold, less the more do."""
        held = self._frames.get(frame, 0)
        return 1.0 if held < 3 else 2.0 / held

    def nearness(self, seen: Shape, known: Shape) -> float | None:
        """How near a position is to where another build's would be by now, 0 to 1; None where no neighbour tells."""
        now, before = _position(seen), _position(known)
        return self._builds.nearness(now, before) if now is not None and before is not None else None

    def renamed(self, before: str, now: str) -> bool:
        """Whether an issue went from one module to another, so that its neighbours may have too."""
        there = {self._members[fingerprint].issue_id for fingerprint in self._posted(("home", now))}
        return bool(there) and any(self._members[fingerprint].issue_id in there for fingerprint in self._posted(("home", before)))

    def _issue_of(self, fingerprint: str) -> int | None:
        member = self._members.get(fingerprint)
        return member.issue_id if member is not None else None

    def _message(self, shape: Shape, candidates: Iterable[Member]) -> Decision | None:
        """A message whose one differing word has taken enough values to be data joins the oldest of them."""
        words = tokens(shape.template)
        if len(words) < VARIANTS:
            return None
        variants: dict[int, list[tuple[str, Member]]] = {}
        named: list[Member] = []
        for member in candidates:
            known = tokens(member.shape.template)
            if member.shape.steps or member.shape.logger != shape.logger or member.shape.type != shape.type or len(known) != len(words):
                continue
            differing = [place for place, pair in enumerate(zip(words, known, strict=True)) if pair[0] != pair[1]]
            if len(differing) == 1:
                variants.setdefault(differing[0], []).append((known[differing[0]], member))
                if is_name(shape.template, differing[0]) and is_name(member.shape.template, differing[0]):
                    named.append(member)
        for place, found in sorted(variants.items(), key=lambda item: (-len(item[1]), item[0])):
            if len({word for word, _ in found}) >= VARIANTS - 1:
                oldest = min((member for _, member in found), key=lambda member: (member.issue_id, member.fingerprint))
                score = 1.0 - 1.0 / (len(words) + len(found))
                return Decision(oldest.issue_id, f"same message, word {place + 1} varies", round(score, 4), oldest.fingerprint)
        if named and len(words) > VARIANTS:
            oldest = min(named, key=lambda member: (member.issue_id, member.fingerprint))
            return Decision(oldest.issue_id, "same message, a name varies", round(1.0 - 1.0 / (len(words) + 1), 4), oldest.fingerprint)
        return None

    def _insert(self, member: Member) -> None:
        self._members[member.fingerprint] = member
        self._touch(member.fingerprint)
        self._forgotten.pop(member.fingerprint, None)
        self._post(member)
        for frame in {name(step) for step in member.shape.steps}:
            self._frames[frame] = self._frames.get(frame, 0) + 1
        while len(self._members) > self._limit:
            self._forget(self._members.popitem(last=False)[1])

    def _posted(self, key: tuple[str, ...]) -> Collection[str]:
        posted = self._postings.get(hash(key), ())
        return (posted,) if isinstance(posted, str) else posted

    def _touch(self, fingerprint: str) -> None:
        self._changed.pop(fingerprint, None)
        self._changed[fingerprint] = None

    def _post(self, member: Member) -> None:
        """Where candidates are found, newest last."""
        for key in _posted_under(member.shape):
            posted = self._postings.get(hash(key), member.fingerprint)
            if posted == member.fingerprint:
                self._postings[hash(key)] = member.fingerprint
                continue
            if isinstance(posted, str):
                posted = self._postings[hash(key)] = {posted: None}
            posted.pop(member.fingerprint, None)
            posted[member.fingerprint] = None
            if len(posted) > POSTINGS:
                del posted[next(iter(posted))]
        if member.shape.position and (place := _position(member.shape)) is not None:
            self._builds.add(member.fingerprint, place)

    def _forget(self, member: Member) -> None:
        self._changed.pop(member.fingerprint, None)
        self._forgotten[member.fingerprint] = None
        if member.shape.position and (place := _position(member.shape)) is not None:
            self._builds.remove(member.fingerprint, place)
        for key in _posted_under(member.shape):
            posted = self._postings.get(hash(key))
            if isinstance(posted, dict):
                posted.pop(member.fingerprint, None)
            if not posted or posted == member.fingerprint:
                self._postings.pop(hash(key), None)
        for frame in {name(step) for step in member.shape.steps}:
            self._frames[frame] -= 1
            if not self._frames[frame]:
                del self._frames[frame]


def _told_apart(ranked: Ranked, *, twins: bool, by_caller: bool) -> Ranked:
    """Without what is ruled out by the rest. `twins`: several issues of minified code say the same, ruled out or not."""
    if any(evidence.rule == CHANGED and evidence.score >= THRESHOLD for evidence, _ in ranked):
        # The function is still here under its own name: nothing else was renamed to it.
        return [pair for pair in ranked if pair[0].rule == CHANGED]
    # Which of the twins it is must be shown, not found by leaving the others out.
    return [pair for pair in ranked if not twins or pair[0].rule != MINIFIED or _shown(pair[0], by_caller=by_caller)]


def _shown(evidence: Evidence, *, by_caller: bool) -> bool:
    """Whether something but its words says which minified issue it is: where its neighbours went and how far its caller stands."""
    parts = dict(evidence.parts)
    told = [parts[name] for name in ("column", "spacing") if name in parts and (by_caller or name == "column")]
    return bool(told) and min(told) >= HALF


def _coexists(shape: Shape, member: Member, rule: str) -> bool:
    """Whether what `member` would have been renamed or moved from still fails in this very release: then it is something else."""
    if rule in {"same type and message, one without a stack", "same library, same message", "same cycle", OTHER_WORDS}:
        return False
    return shape.release in member.releases


def _reworded(shape: Shape, member: Member, evidence: Evidence) -> bool:
    """Whether a message nearly the same took the place of another: an upgraded library says it in other words."""
    return shape.release not in member.releases and dict(evidence.parts).get("message", 0.0) >= SAME_WORDS


def _position(shape: Shape) -> Position | None:
    return position(shape.via or shape.position, shape.release)


def _caller(shape: Shape) -> str:
    return name(shape.steps[shape.culprit + 1]) if len(shape.steps) > shape.culprit + 1 else ""


def _posted_under(shape: Shape) -> list[tuple[str, ...]]:
    """Where a member is posted: what it is found by, and its module."""
    keys = _keys(shape)
    if shape.steps and not shape.minified:
        keys.append(("home", shape.steps[shape.culprit].place))
    return keys


def _keys(shape: Shape) -> list[tuple[str, ...]]:
    """What members are found by: each a thing that may survive a release."""
    kind = shape.type
    if shape.cycle:
        return [(key, kind, name) for frame in shape.cycle[:8] for key, name in (("cycle", frame), ("turn", frame.rsplit(".", 1)[-1]))]
    keys: list[tuple[str, ...]] = []
    if telling(shape.template) > 1:
        keys.append(("message", kind, shape.template))
    if not shape.steps:
        words = tokens(shape.template)
        rest = [("words", kind, shape.logger, str(place), *words[:place], "*", *words[place + 1 :]) for place in range(min(len(words), 8))]
        return keys + rest
    at = shape.steps[shape.culprit]
    if shape.minified:
        keys.append(("file", kind, at.place))
        return [*keys, ("line", kind, at.line)] if informative(at.line) > 1 else keys
    keys.append(("function", kind, at.function, at.place))
    if informative(at.line) > 1:
        keys.append(("line", kind, at.line))
    if at.function:
        keys.append(("named", kind, at.function))
    if caller := _caller(shape):
        keys.append(("caller", kind, at.place, caller))
    if shape.above:
        keys.append(("library", kind, at.place, shape.above[0]))
    keys.append(("place", kind, at.place))
    return keys
