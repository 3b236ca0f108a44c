"""Small folders of files of each format, each read without an error."""

import base64
import io
import json
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

Sample = Mapping[str, bytes]


def text(words: str) -> bytes:
    return textwrap.dedent(words).lstrip("\n").encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def png_text(mask: Any) -> str:
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


IMAGES = [
    {"id": 11, "file_name": "tray/x.jpg", "width": 100, "height": 80},
    {"id": 12, "file_name": "y.png", "width": 50, "height": 40},
    {"id": 0, "file_name": "nothing.png", "width": 50, "height": 40},
]
CATEGORIES = [{"id": 0, "name": "bolt", "supercategory": "part"}, {"id": 90, "name": "nut", "supercategory": ""}]


def coco(annotations: list[dict[str, Any]], **members: Any) -> bytes:
    return as_json(
        {"info": {"year": "2026"}, "licenses": [], "images": IMAGES, "categories": CATEGORIES} | members
        | {"annotations": annotations}
    )  # fmt: skip


BOX = {"id": 1, "image_id": 11, "category_id": 0, "bbox": [40, 25.5, 20, 30], "area": 600, "iscrowd": 0}
POLYGON = {
    "id": 2, "image_id": 12, "category_id": 90, "bbox": [1, 2, 20, 30], "area": 300, "iscrowd": 0,
    "segmentation": [[1, 2, 21, 2, 21, 32]],
}  # fmt: skip
CROWD = {
    "id": 7, "image_id": 11, "category_id": 0, "bbox": [0, 10, 1, 30], "area": 10, "iscrowd": 1,
    "segmentation": {"size": [80, 100], "counts": [10, 5, 20, 5, 7960]},
}  # fmt: skip
POINTS = {
    "id": 8, "image_id": 11, "category_id": 0, "bbox": [40, 25, 20, 30], "area": 600, "iscrowd": 0,
    "keypoints": [41, 26, 2, 0, 0, 0], "num_keypoints": 1,
}  # fmt: skip
WITH_POINTS = [{"id": 0, "name": "bolt", "keypoints": ["head", "tip"], "skeleton": [[1, 2]]}]

COCO: list[Sample] = [
    {"annotations.json": coco([BOX])},
    {"instances.json": coco([BOX, POLYGON, CROWD])},
    {"persons.json": coco([POINTS], categories=WITH_POINTS)},
    {"a/train.json": coco([BOX]), "a/val.json": coco([POLYGON])},
]

CSV_CORNERS: list[Sample] = [
    {"a.csv": b"filename,xmin,ymin,xmax,ymax,label\ntray/x.jpg,40,25,60,55.5,bolt\ny.png,1,2,21,32,nut\n"},
    {"a.csv": b"image; x1; y1; x2; y2; class; note\r\nx.jpg; 40; 25; 60; 55,5; bolt; seen\r\n"},
    {"a.csv": b"filename,xmin,ymin,xmax,ymax,label\nx.jpg,0.1,0.2,0.5,0.75,bolt\nx.jpg,0.1,0.25,0.5,1.0,nut\n"},
    {
        "one.csv": b"filename,xmin,ymin,xmax,ymax,label\nx.jpg,40,25,60,55,bolt\n",
        "two.csv": b"filename,xmin,ymin,xmax,ymax,label\ny.png,1,2,21,32,nut\nx.jpg,1,2,3,4,bolt\n",
    },
]
CSV_SIZE: list[Sample] = [
    {"a.csv": b"filename,xmin,ymin,width,height,label\ntray/x.jpg,40,25,20,30.5,bolt\ny.png,1,2,20,30,nut\n"},
    {"a.csv": b" filename, xmin, ymin, width, height, label\n x.jpg, 40, 25, 20, 30, bolt\n"},
]
CSV_CLASSES: list[Sample] = [
    {"a.csv": b"filename,label\ntray/x.jpg,bolt\ny.png,nut\ny.png,bolt\n"},
    {"a.csv": b"filename, bolt, nut\nx.jpg,1,0\ny.png,1,1\nz.png,0,0\n"},
]


def voc(name: str, *objects: str) -> bytes:
    return text(
        f"""
        <annotation><folder>tray</folder><filename>{name}</filename>
         <size><width>100</width><height>80</height><depth>3</depth></size>
         {"".join(objects)}
        </annotation>
        """
    )


def voc_object(name: str, *box: float) -> str:
    corners = "".join(f"<{tag}>{n}</{tag}>" for tag, n in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    return f"<object><name>{name}</name><pose>Left</pose><truncated>0</truncated><difficult>1</difficult><bndbox>{corners}</bndbox></object>"


PASCAL_VOC: list[Sample] = [
    {"x.xml": voc("x.jpg", voc_object("bolt", 40, 25, 60, 55), voc_object("nut", 1.5, 2, 21, 32))},
    {"a/x.xml": voc("x.jpg", voc_object("größe &amp; co", 0, 0, 100, 80)), "a/y.xml": voc("y.png")},
]
YOLO_DARKNET: list[Sample] = [
    {"label.labels": b"bolt\nnut\n", "tray/x.txt": b"0 0.5 0.5 0.25 0.5\n1 0.125 0.125 0.25 0.25\n"},
    {
        "classes.txt": b"bolt\nnut",
        "labels/x.txt": b"0 0.5 0.5 0.25 0.5\r\n",
        "labels/empty.txt": b"",
        "labels/y.txt": b"1 0.125 0.125 0.25 0.25\n0 0.875 0.875 0.25 0.25\n",
    },
]
YOLO_KERAS: list[Sample] = [
    {
        "label.txt": b"bolt\nnut\n",
        "annotation.txt": b"tray/x.jpg 40,25,60,55,0 1,2,21,32,1\ny.png\na b.jpg 1,2,3,4,0\n",
    },
    {"label.txt": b"bolt\n", "annotation.txt": b"x.jpg 40,25,60,55,0\ny.png 1,2,3,4,0\nx.jpg 1,2,21,32,0\n"},
]
CREATEML: list[Sample] = [
    {
        "createml.json": as_json(
            [
                {
                    "image": "tray/x.jpg",
                    "annotations": [
                        {"label": "bolt", "coordinates": {"x": 50, "y": 40, "width": 20, "height": 30}},
                        {"label": "nut", "coordinates": {"x": 11, "y": 17.5, "width": 20, "height": 30}},
                    ],
                },
                {"image": "y.png", "annotations": []},
            ]
        )
    },
    {"c.json": as_json([{"imagefilename": "x.jpg", "annotation": [{"label": "bolt"}]}])},
]


def labelme(name: str, *shapes: dict[str, Any], **members: Any) -> bytes:
    plain: dict[str, Any] = {"group_id": None, "flags": {}}
    return as_json(
        {"version": "5.5.0", "flags": {}, "shapes": [plain | each for each in shapes], "imagePath": name,
         "imageData": None, "imageHeight": 80, "imageWidth": 100} | members
    )  # fmt: skip


LABELME: list[Sample] = [
    {"x.json": labelme("x.jpg", {"label": "bolt", "shape_type": "rectangle", "points": [[40, 25], [60, 55]]})},
    {
        "a/x.json": labelme(
            "x.jpg",
            {"label": "bolt", "shape_type": "polygon", "points": [[40, 25], [60, 25], [60, 55.5]]},
            {"label": "nut", "shape_type": "point", "points": [[4, 5]]},
            {"label": "nut", "shape_type": "linestrip", "points": [[4, 5], [6, 7], [8, 7]]},
            {"label": "nut", "shape_type": "circle", "points": [[50, 40], [60, 40]]},
            {
                "label": "nut",
                "shape_type": "mask",
                "points": [[10, 20], [13, 21]],
                "mask": png_text(np.array([[1, 1, 0, 1], [1, 0, 0, 1]], np.uint8)),
            },
            flags={"seen": True},
        ),
        "a/y.json": labelme("y.png"),
    },
]
SKELETON: list[Sample] = [
    {
        "skeleton.json": as_json(
            {
                "skeletons": [
                    {
                        "name": "hand",
                        "keypoints": [{"name": "wrist"}, {"name": "thumb", "category": ["tip"]}],
                        "connections": [{"pair": ["wrist", "thumb"]}, {"pair": [1, 0]}],
                    }
                ]
            }
        )
    }
]
CENTAUR: list[Sample] = [
    {
        "results.csv": text(
            """
            Case ID,Origin,Content ID,Labeling State,Patch,Qualified Reads,Correct Label,Majority Label
            1,tray/x.jpg,7,done,"POLYGON ((10 20, 50 20, 50 60, 10 60, 10 20))",5,bolt,nut
            2,y.png,8,done,,5,,nut
            """
        )
    }
]

SAMPLES: dict[str, list[Sample]] = {
    "centaur_results": CENTAUR,
    "coco": COCO,
    "coco_boxes": [],
    "coco_keypoints": [],
    "coco_masks": [],
    "createml": CREATEML,
    "csv_classes": CSV_CLASSES,
    "csv_corners": CSV_CORNERS,
    "csv_size": CSV_SIZE,
    "datature_skeleton": SKELETON,
    "labelme": LABELME,
    "pascal_voc": PASCAL_VOC,
    "yolo_darknet": YOLO_DARKNET,
    "yolo_keras": YOLO_KERAS,
}
