// Uploads from a browser to Veil's v2 API: large files in parts, going on where an earlier try was interrupted, also by a
// reload of the page. Copy it into yours. Meanwhile localStorage keeps the task's id under the file's name, size and date.

const WHOLE_BYTES = 16 * 1024 * 1024; // what is smaller goes by one PUT
const FIRST_PAUSE_MS = 1000;

// Anonymizes a File and resolves to its task's id; it may take hours yet until the task is done.
// `api` is {url, token}, `parameters` are those of POST /v2/task, `onProgress` is called with what has arrived, 0 to 1.
export async function anonymize(api, file, parameters, { onProgress = () => {}, tries = 6 } = {}) {
  if (file.size <= WHOLE_BYTES) {
    const task = await call(api, "POST", "/v2/task", parameters);
    await put(task.upload_url, file);
    onProgress(1);
    return task.task_id;
  }
  const key = `veil:${file.name}:${file.size}:${file.lastModified}`;
  const path = await pathOfTask(api, key, file, parameters);
  const parts = await patiently(tries, () => sendMissing(api, path, file, onProgress));
  const { task_id } = await patiently(tries, () => call(api, "POST", `${path}/complete`, { size: file.size, parts }));
  localStorage.removeItem(key);
  return task_id;
}

async function pathOfTask(api, key, file, parameters) {
  const remembered = localStorage.getItem(key);
  if (remembered) {
    try {
      await call(api, "POST", pathOf(remembered), { size: file.size, part_numbers: [] });
      return pathOf(remembered);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // else the task has ended, or is somebody else's
    }
  }
  const { task_id } = await call(api, "POST", "/v2/task", parameters);
  localStorage.setItem(key, task_id);
  return pathOf(task_id);
}

const pathOf = (taskId) => `/v2/task/${taskId}/parts`;

// Sends what the service lacks, and resolves to all parts as they are named when they are joined.
async function sendMissing(api, path, file, onProgress) {
  for (;;) {
    const { part_size, parts, upload_urls } = await call(api, "POST", path, { size: file.size });
    let arrived = parts.reduce((sum, part) => sum + part.size, 0);
    onProgress(arrived / file.size);
    if (!upload_urls.length) return parts.map(({ part_number, etag }) => ({ part_number, etag }));
    for (const { part_number, upload_url } of upload_urls) {
      const part = file.slice((part_number - 1) * part_size, part_number * part_size);
      await put(upload_url, part);
      arrived += part.size;
      onProgress(arrived / file.size);
    }
  }
}

class Refusal extends Error {}

async function call(api, method, path, body) {
  const headers = { Authorization: api.token, "Content-Type": "application/json" };
  const answer = await fetch(api.url + path, { method, headers, body: JSON.stringify(body) });
  if (answer.status >= 500) throw new Error(`${path} is answered with ${answer.status}.`);
  const said = await answer.json();
  if (!answer.ok) throw new Refusal(said.error);
  return said;
}

async function put(url, content) {
  const answer = await fetch(url, { method: "PUT", body: content });
  if (!answer.ok) throw new Error(`An upload was answered with ${answer.status}.`);
}

// Tries again what a connection or a URL that ended has interrupted, each time after twice as long.
async function patiently(tries, act, pause = FIRST_PAUSE_MS) {
  try {
    return await act();
  } catch (error) {
    if (tries <= 1 || error instanceof Refusal) throw error;
    await new Promise((resolve) => setTimeout(resolve, pause));
    return patiently(tries - 1, act, 2 * pause);
  }
}
