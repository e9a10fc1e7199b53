"""What Syntonym's sample client does, written anew from the contract sheet (section 4)."""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

import requests

BLOCK_BYTES = 4 * 1024 * 1024
PAUSE_SECONDS = 0.2
CONFIG = {
    "blur_face": True,
    "blur_threshold": 0.5,
    "lp_threshold": 0.5,
    "enable_lp": True,
    "mask_blur": True,
    "slicing": True,
    "lp_track": True,
}


@dataclass
class SyntonymClient:
    """Processes files with one API key."""

    api_url: str
    key: str
    folder: Path
    block_bytes: int = BLOCK_BYTES
    approvals: list = field(default_factory=list)

    @property
    def headers(self):
        return {"access_token": self.key}

    def process(self, name):
        """Upload a file, approve, wait, and download what came of it; return the report's tasks."""
        session_uri, job_id = self.create_session(name)
        self.upload(session_uri, name)
        self.approve(job_id)
        report = self.wait(job_id)
        if report["job_status"] == 100:
            self.download(report["tasks"])
        return report

    def create_session(self, name):
        assert len(self.key) == 36
        body = {
            "file_name": str(name),
            "file_size": (self.folder / name).stat().st_size,
            "content_type": "octet-stream",
            "model": "blur",
            "model_config": CONFIG,
        }
        answer = requests.post(f"{self.api_url}/create_upload_session", headers=self.headers, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["session_uri"], answer.json()["job_id"]

    def upload(self, session_uri, name):
        content, ids = (self.folder / name).read_bytes(), []
        for start in range(0, len(content), self.block_bytes):
            block_id = base64.urlsafe_b64encode(len(ids).to_bytes(4, "big")).decode()
            block = content[start : start + self.block_bytes]
            answer = requests.put(f"{session_uri}&comp=block&blockid={block_id}", data=block)
            assert answer.status_code == 201, answer.text
            ids.append(block_id)
        listed = "<BlockList>" + "".join(f"<Latest>{each}</Latest>" for each in ids) + "</BlockList>"
        answer = requests.put(f"{session_uri}&comp=blocklist", data=listed)
        assert answer.status_code == 201, answer.text

    def approve(self, job_id):
        for _ in range(300):
            answer = requests.post(f"{self.api_url}/approve_job/{job_id}", headers=self.headers)
            self.approvals.append(answer.status_code)
            if answer.status_code in {200, 202}:
                return
            assert answer.status_code == 302, answer.text
            sleep(PAUSE_SECONDS)
        raise AssertionError("never approved")

    def wait(self, job_id):
        for _ in range(600):
            answer = requests.get(f"{self.api_url}/job_result/{job_id}", headers=self.headers)
            assert answer.status_code == 200, answer.text
            report = answer.json()
            if report["job_status"] in {100, 200}:
                return report
            assert 0 <= report["job_status"] < 100
            sleep(PAUSE_SECONDS)
        raise AssertionError("never ended")

    def download(self, tasks):
        for task in tasks:
            if task["download_link"]:
                with requests.get(task["download_link"], stream=True) as answer:
                    answer.raise_for_status()
                    (self.folder / task["output_file"]).write_bytes(answer.content)
