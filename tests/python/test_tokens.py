"""The shipped tokenizers and weight files in Python's own tokenizers and safetensors; needs no torch.

FOLDERS names other folders to open instead, separated by colons.
"""

import json
import os
import pathlib
import unittest

try:
    import numpy
    from safetensors import safe_open
    from tokenizers import Tokenizer
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed, so tokenizers are not opened in Python")

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = [path for path in sorted((ROOT / "public/models").iterdir()) if path.is_dir()]
if "FOLDERS" in os.environ:
    FOLDERS = [pathlib.Path(folder) for folder in os.environ["FOLDERS"].split(":")]


class Tokens(unittest.TestCase):
    def tokenizers(self):
        found = [folder for folder in FOLDERS if (folder / "tokenizer/tokenizer.json").exists()]
        self.assertTrue(found or "FOLDERS" in os.environ)
        return [(folder, Tokenizer.from_file(str(folder / "tokenizer/tokenizer.json"))) for folder in found]

    def test_texts_are_those_of_the_recorded_cases(self):
        cases = json.loads((ROOT / "tests/words/tokens.json").read_text())["cases"]
        for folder, tokenizer in self.tokenizers():
            for case in cases:
                with self.subTest(folder=folder.name, text=case["text"]):
                    ids = tokenizer.encode(case["text"]).ids
                    self.assertEqual(len(ids), tokenizer.padding["length"])
                    # The cases are of this project's own words, which other folders may not have.
                    if folder.parent == ROOT / "public/models":
                        self.assertEqual(ids, case["ids"])

    def test_golden_tokens(self):
        for folder, tokenizer in self.tokenizers():
            path = folder / "golden.safetensors"
            if not path.exists():
                continue
            with self.subTest(folder=folder.name), safe_open(path, "np") as file:
                if "input_ids" in file.keys():
                    ids = file.get_tensor("input_ids")
                    self.assertEqual(tokenizer.encode(file.metadata()["prompt"]).ids, ids[0].tolist())


class Weights(unittest.TestCase):
    def test_every_file_opens_and_is_finite(self):
        count = 0
        for folder in FOLDERS:
            for path in folder.rglob("*.safetensors"):
                with safe_open(path, "np") as file:
                    for name in file.keys():
                        self.assertTrue(numpy.isfinite(file.get_tensor(name)).all(), f"{path} {name}")
                        count += 1
        self.assertGreater(count, 0)


if __name__ == "__main__":
    unittest.main()
