"""The Python that a chip of the page shows draws the picture that the command line draws.

`noisewalk sample … --print-python` prints the very text of the chip; here it is run as a person would run it, and its file compared.
`NOISEWALK` names the built command; without it, or without torch, diffusers and transformers, the tests are skipped.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import diffusers  # noqa: F401
    import numpy
    import torch  # noqa: F401
    import transformers  # noqa: F401
    from PIL import Image
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed, so no pictures are drawn in Python")

ROOT = Path(__file__).resolve().parents[2]
NOISEWALK = os.environ.get("NOISEWALK", ROOT / "target/debug/noisewalk")
# Two f32 implementations: a value may round to the next of 256 shades, and no further.
ALLOWED = 1
AVATARS = ["--model", str(ROOT / "public/models/avatars")]
WORDS = ["--model", str(ROOT / "public/models/words")]
WALK = """[{"prompt": [{"weight": 0.75, "text": "red hair"}, {"weight": 0.25, "text": "blue hat"}], "guidance_scale": 2},
          {"prompt": [{"weight": 1, "text": "it's \\"green\\" 👩🏽‍🦰"}], "guidance_scale": 7.5, "negative_prompt": "glasses", "guidance_rescale": 0.7}]"""


def shades(path):
    return numpy.asarray(Image.open(path).convert("RGB")).astype(int)


@unittest.skipUnless(Path(NOISEWALK).exists(), "NOISEWALK names no built command")
class Pictures(unittest.TestCase):
    def compare(self, *flags):
        line = [NOISEWALK, "sample", *flags]
        with tempfile.TemporaryDirectory() as scratch:
            text = subprocess.run([*line, "--print-python"], check=True, capture_output=True, text=True).stdout
            (Path(scratch) / "picture.py").write_text(text)
            subprocess.run([sys.executable, "picture.py"], check=True, cwd=scratch, capture_output=True)
            subprocess.run([*line, "-o", "there.png"], check=True, cwd=scratch)
            here, there = shades(Path(scratch) / "picture.png"), shades(Path(scratch) / "there.png")
        self.assertEqual(here.shape, there.shape)
        self.assertLessEqual(abs(here - there).max(), ALLOWED, text)
        self.assertGreater(len(numpy.unique(there)), 8)

    def test_ddim(self):
        self.compare(*AVATARS, "--sampler", "ddim", "--steps", "20", "--seed", "7", "--count", "1")

    def test_ddim_with_noise_and_sixteen_samples(self):
        self.compare(*AVATARS, "--sampler", "ddim", "--steps", "7", "--eta", "0.5", "--seed", "99999999999", "--count", "16")

    def test_ddpm(self):
        self.compare(*AVATARS, "--sampler", "ddpm", "--steps", "12", "--seed", "41", "--count", "2")

    def test_spacings(self):
        for spacing in ("trailing", "linspace"):
            self.compare(*AVATARS, "--sampler", "ddim", "--steps", "5", "--seed", "7", "--count", "1", "--spacing", spacing)
        self.compare(*AVATARS, "--sampler", "ddpm", "--steps", "5", "--seed", "7", "--count", "1", "--spacing", "trailing")

    def test_forgotten_noise(self):
        self.compare(*AVATARS, "--sampler", "ddpm", "--steps", "5", "--count", "1", "--forget-noise")

    def test_branches(self):
        branches = ["--branch", "3:11", "--branch", "5:12"]
        self.compare(*AVATARS, "--sampler", "ddim", "--steps", "8", "--seed", "7", "--count", "1", *branches)
        self.compare(*AVATARS, "--sampler", "ddpm", "--steps", "8", "--seed", "7", "--count", "1", *branches)

    def test_a_model_of_words_without_any(self):
        self.compare(*WORDS, "--sampler", "ddim", "--steps", "5", "--seed", "3", "--count", "1")

    def test_a_prompt(self):
        self.compare(*WORDS, "--steps", "20", "--seed", "7", "--count", "1", "--prompt", "long red hair", "--guidance", "4")

    def test_rescaled_guidance_and_a_negative_prompt(self):
        flags = ["--prompt", "green hair", "--negative", "glasses", "--guidance", "7.5", "--guidance-rescale", "0.7"]
        self.compare(*WORDS, "--steps", "6", "--seed", "8", "--count", "1", *flags)

    def test_two_prompts(self):
        self.compare(*WORDS, "--steps", "6", "--seed", "8", "--count", "2", "--prompt", "red hair", "--prompt", "a blue hat")

    def test_variants_of_weighted_texts(self):
        self.compare(*WORDS, "--steps", "6", "--seed", "8", "--count", "1", "--variants", WALK)


if __name__ == "__main__":
    unittest.main()
