"""Synthesis needs nothing but this checkout, and always makes the same template."""

import json


def test_it_needs_no_environment_and_says_nothing(synthesis):
    assert (synthesis.exit_code, synthesis.said) == (0, "")


def test_two_runs_make_the_same_bytes(synthesis, syntheses):
    assert synthesis.text == syntheses["checked"].text


def test_the_template_names_no_account_and_no_region(synthesis):
    manifest = json.loads((synthesis.folder / "manifest.json").read_text())

    assert manifest["artifacts"]["Veil"]["environment"] == "aws://unknown-account/unknown-region"


def test_no_lookup_is_left_open(synthesis):
    assert "missing" not in json.loads((synthesis.folder / "manifest.json").read_text())


def test_an_unknown_setting_is_refused_with_the_known_ones(synthesize):
    refused = synthesize(retention_day="7")

    assert refused.exit_code != 0
    assert "Unknown setting retention_day. Known: name, keep_data, retention_days" in refused.said


def test_settings_reach_the_template(synthesize):
    mirror = "https://models.example.com/veil"
    made = synthesize(
        gpu_lane="false", waf="false", keep_data="false", retention_days="7", name="veil-two", models_mirror=mirror
    )

    body = json.loads(made.text)
    kinds = {each["Type"] for each in body["Resources"].values()}
    assert made.exit_code == 0, made.said
    assert not {"AWS::Batch::JobQueue", "AWS::EC2::VPC", "AWS::WAFv2::WebACL"} & kinds
    kept = {each["Type"] for each in body["Resources"].values() if each.get("DeletionPolicy") == "Retain"}
    # API Gateway has one logging role for all APIs of an account: taking it away would silence the others.
    assert kept == {"AWS::ApiGateway::Account", "AWS::IAM::Role"}
    (image,) = sources_of_images(made)
    assert image["dockerBuildArgs"] == {"MODEL_PACKS": "street", "MODELS_MIRROR": mirror}


def sources_of_images(synthesis):
    assets = json.loads((synthesis.folder / "Veil.assets.json").read_text())
    return [image["source"] for image in assets["dockerImages"].values()]


def test_the_image_is_built_from_its_own_sources_only(synthesis):
    sources = sources_of_images(synthesis)

    assert {source["dockerBuildTarget"] for source in sources} == {"express", "gpu"}
    for source in sources:
        context = synthesis.folder / source["directory"]
        assert {each.name for each in context.iterdir()} == {"functions", "layers", "requirements"}
        assert {each.name for each in (context / "functions").iterdir()} == {"anonymizer"}
        assert not list(context.rglob("__pycache__"))
