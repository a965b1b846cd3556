"""The Python that a chip shows makes the picture that the command line makes, given the same noise.

`NOISEWALK` names the built command; without it, or without torch, diffusers and transformers, the test is skipped.
The noise of seed 0 is the input of each folder's golden file.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

try:
    import numpy
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel, UNet2DModel
    from PIL import Image
    from safetensors.torch import load_file
    from transformers import CLIPTextModel, PreTrainedTokenizerFast
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed, so no pictures are drawn in Python")

ROOT = Path(__file__).resolve().parents[2]
NOISEWALK = os.environ.get("NOISEWALK", ROOT / "target/debug/noisewalk")
# Two f32 implementations after 20 steps: a value may round to a neighbour of its shade.
ALLOWED = 2


def command(folder, *flags):
    with tempfile.TemporaryDirectory() as scratch:
        picture = Path(scratch) / "picture.png"
        line = [NOISEWALK, "sample", "--model", folder, "--sampler", "ddim", "--steps", "20", "--seed", "0", "--count", "1"]
        subprocess.run([*line, *flags, "-o", picture], check=True, cwd=ROOT)
        # Each pixel is four wide.
        return numpy.asarray(Image.open(picture).convert("RGB"))[::4, ::4].astype(int)


def picture(x):
    return ((x[0].clamp(-1, 1) + 1) * 127.5).round().permute(1, 2, 0).numpy().astype(int)


@unittest.skipUnless(Path(NOISEWALK).exists(), "NOISEWALK names no built command")
class Pictures(unittest.TestCase):
    def compare(self, x, there):
        self.assertLessEqual(abs(picture(x) - there).max(), ALLOWED)
        self.assertGreater(len(numpy.unique(there)), 8)

    def test_avatars(self):
        folder = ROOT / "public/models/avatars"
        unet = UNet2DModel.from_pretrained(folder, subfolder="unet")
        scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")
        scheduler.set_timesteps(20)
        x = load_file(folder / "golden.safetensors")["sample"]
        with torch.no_grad():
            for t in scheduler.timesteps:
                x = scheduler.step(unet(x, t).sample, t, x, eta=0, use_clipped_model_output=True).prev_sample
        self.compare(x, command(folder, "--eta", "0"))

    def test_words(self):
        folder = ROOT / "public/models/words"
        unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet")
        scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")
        encoder = CLIPTextModel.from_pretrained(folder, subfolder="text_encoder", torch_dtype=torch.float32)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, subfolder="tokenizer")
        texts = tokenizer(["", "red hair"], padding="max_length", truncation=True, return_tensors="pt")
        x = load_file(folder / "golden.safetensors")["sample"]
        scheduler.set_timesteps(20)
        with torch.no_grad():
            words = encoder(texts.input_ids)[0]
            for t in scheduler.timesteps:
                without, prompted = unet(torch.cat([x, x]), t, words).sample.chunk(2)
                guided = without + 3.0 * (prompted - without)
                x = scheduler.step(guided, t, x, use_clipped_model_output=True).prev_sample
        self.compare(x, command(folder, "--prompt", "red hair", "--guidance", "3"))


if __name__ == "__main__":
    unittest.main()
