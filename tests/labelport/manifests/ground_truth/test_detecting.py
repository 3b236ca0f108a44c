import pytest

from labelport.manifests.ground_truth import GroundTruth


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("ground_truth.jsonl", b'{"source-ref":"s3://a/b.png","series":"x"}\n'),
        ("input.manifest", b'{"label": 0, "source-ref" : "s3://a/b.png"}\n'),
        ("x", b'{"source":"words"}\n'),
        ("x", b'{"id":1, "source": "' + b"long " * 1000),
        ("seq1.json", b'{\n "seq-no": 1,\n "prefix": "s3://a/"'),
        ("seq1.json", b'{"frames":[{"frame-no":1,"frame":"a"}]}'),
        ("x.index.json", b'{"chunks":[{"file":"x.0001.jsonl","entries":1}]}'),
    ],
)
def test_its_own_files_are_recognised(name: str, head: bytes) -> None:
    assert GroundTruth().detect(name, head) >= 0.8


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("manifest.jsonl", b'{"version":"1.1"}\n{"type":"images"}\n{"name":"a","extension":".png"}\n'),
        ("encord.json", b'{"images":[{"objectUrl":"https://a/b.png","clientMetadata":{"source":"x"}}]}'),
        ("encord.index.json", b'{"chunks":[{"file":"encord.json","entries":1}]}'),
        ("label_studio.json", b'[{"data":{"image":"s3://a/b","source":"x"}}]'),
        ("labelbox.json", b'[\n{"row_data":"https://a/b","global_key":"x"}\n]'),
        ("redbrick.json", b'[{"name":"x","series":[{"name":"x","items":["a"]}]}]'),
        ("coco.json", b'{"info":{},"images":[{"file_name":"a"}],"annotations":[]}'),
        ("x.csv", b"external_id,content\na,b\n"),
        ("x.csv", b'url;tag\n{"source-ref":"s3://a/b"};x\n'),
        ("x", b""),
        ("x.json", b"{}"),
    ],
)
def test_files_of_others_are_not(name: str, head: bytes) -> None:
    assert GroundTruth().detect(name, head) <= 0.2
