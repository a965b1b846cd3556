"""The shipped model folders, opened by diffusers, transformers and tokenizers.

Run with `python -m unittest discover tests/python`; skipped where a package is missing.
FOLDERS names other folders to open instead, separated by colons: for example one that `noisewalk convert` wrote.
"""

import json
import os
import pathlib
import unittest

try:
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel, UNet2DModel
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, CLIPTextModel
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed, so folders are not opened in Python")

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = [ROOT / "public/models/avatars", ROOT / "public/models/words"]
if "FOLDERS" in os.environ:
    FOLDERS = [pathlib.Path(folder) for folder in os.environ["FOLDERS"].split(":")]


class Folders(unittest.TestCase):
    def test_golden_outputs(self):
        """1e-4 of the largest value (and of 1) is the agreement of two f32 implementations."""
        for folder in FOLDERS:
            with self.subTest(folder=str(folder)), torch.no_grad():
                manifest = json.loads((folder / "manifest.json").read_text())
                golden = load_file(folder / manifest["golden"])
                words = golden.get("encoder_hidden_states")
                if words is None:
                    unet = UNet2DModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)
                    out = unet(golden["sample"], golden["timestep"]).sample
                else:
                    unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)
                    out = unet(golden["sample"], golden["timestep"], words).sample
                wanted = golden["sample_out"]
                difference = (out - wanted).abs().max().item()
                self.assertLessEqual(difference, 1e-4 * max(1.0, wanted.abs().max().item()))
                DDIMScheduler.from_pretrained(folder / "scheduler")

    def test_words(self):
        for folder in FOLDERS:
            if not (folder / "tokenizer").exists():
                continue
            with self.subTest(folder=str(folder)), torch.no_grad():
                prompts = ["long red hair, round glasses", ""]
                tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
                encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", torch_dtype=torch.float32)
                ids = tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt")["input_ids"]
                states = encoder(ids).last_hidden_state
                length = json.loads((folder / "tokenizer/tokenizer_config.json").read_text())["model_max_length"]
                self.assertEqual(list(states.shape), [2, length, encoder.config.hidden_size])
                self.assertTrue(states.isfinite().all())


if __name__ == "__main__":
    unittest.main()
