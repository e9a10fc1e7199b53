"""A known-kernel attack that undoes ordinary blurs learns nothing from Veil's.

The attacker knows the method, the kernel, the region and every pixel outside it, and solves for
the pixels inside: least squares with a Laplacian prior, by conjugate gradient. Success is the
normalised cross-correlation (NCC) with the true face over the detected box. The floor is what the
published picture shows to anyone: the NCC of what was drawn itself.
"""

import cv2
import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide

FACE = (170, 65, 275, 200)
KERNEL = 0.35
KERNEL_PIXELS = KERNEL * 135
# An attack may land this much above the floor by chance: any smooth change of a smooth picture does.
TOLERANCE = 0.02
PRIORS = (1e-3, 1e-5)


@pytest.fixture(scope="module")
def region():
    (found,) = regions_of(Detections.of([FACE]), {ObjectClass.FACE: RegionStyle()}, width=512, height=512)
    return found


def grey(pixels, region):
    """Returns the region's window as float64, 0 to 1."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[region.rows, region.columns] / 255


def in_face(window, region):
    x1, y1, x2, y2 = FACE
    return window[y1 - region.y1 : y2 - region.y1, x1 - region.x1 : x2 - region.x1]


def correlation(seen, truth):
    seen, truth = seen - seen.mean(), truth - truth.mean()
    return float((seen * truth).sum() / np.sqrt((seen**2).sum() * (truth**2).sum()))


def box_blur(width, height):
    """Operators here are self-adjoint: odd kernels, zeros outside."""
    return lambda image: cv2.blur(image, (int(width) | 1, int(height) | 1), borderType=cv2.BORDER_CONSTANT)


def gaussian(sigma):
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)


def tile_means(tile, shape):
    tiles = np.arange(shape[0])[:, None] // tile * shape[1] + np.arange(shape[1]) // tile
    _, index, count = np.unique(tiles.ravel(), return_inverse=True, return_counts=True)
    return lambda image: (np.bincount(index, image.ravel()) / count)[index].reshape(shape)


def laplacian(image):
    return cv2.Laplacian(image, cv2.CV_64F, borderType=cv2.BORDER_CONSTANT)


def attack(seen, core, operator, prior):
    """Returns what the hidden pixels most likely were, if the core of `seen` were `operator` of the photo."""
    # Every process imports every file of tests, and this library takes half a second: only these tests pay for it.
    from scipy.sparse.linalg import LinearOperator, cg

    def normal(hidden):
        image = np.zeros_like(seen)
        image[core] = hidden
        return (operator(np.where(core, operator(image), 0)) + prior * laplacian(laplacian(image)))[core]

    known = np.where(core, 0, seen)
    wanted = operator(np.where(core, seen - operator(known), 0)) - prior * laplacian(laplacian(known))
    size = int(core.sum())
    solved, _ = cg(LinearOperator((size, size), matvec=normal, dtype=float), wanted[core], maxiter=150, rtol=1e-6)
    result = seen.copy()
    result[core] = solved
    return result


def best_attack(seen, truth, region, operators):
    return max(
        correlation(in_face(attack(seen, region.core, operator, prior), region), in_face(truth, region))
        for operator in operators
        for prior in PRIORS
    )


def test_the_attack_undoes_the_blur_of_a_usual_tool(astronaut, region):
    truth = grey(astronaut, region)
    operator = box_blur(1.6 * 105 / 2, 1.6 * 135 / 2)
    blurred = np.where(region.core, np.rint(operator(truth) * 255) / 255, truth)

    after = best_attack(blurred, truth, region, [operator])

    assert after > correlation(in_face(blurred, region), in_face(truth, region)) + 0.15
    assert after > 0.8


@pytest.mark.parametrize("method", [AnonymizationMethod.BLUR, AnonymizationMethod.PIXELATE])
def test_the_attack_gains_nothing_from_a_method_of_veil(astronaut, region, method):
    truth = grey(astronaut, region)
    shown = grey(hide(astronaut, [region], method, kernel_sizes={ObjectClass.FACE: KERNEL}, seed=1), region)
    floor = correlation(in_face(shown, region), in_face(truth, region))

    operators = [gaussian(0.15 * KERNEL_PIXELS), box_blur(KERNEL_PIXELS, KERNEL_PIXELS), tile_means(16, truth.shape)]
    after = best_attack(shown, truth, region, operators)

    assert floor < 0.65
    assert after <= floor + TOLERANCE
