import { Away, failureOf } from "./failure";
import type {
  EstimationResponse,
  EstimatorResponse,
  LimitsResponse,
  SubmitEstimation,
  SubmitVisualization,
  TaskResponse,
  TaskStatus,
  VideoResponse,
  VisualizationResponse,
} from "./schema";
import { authorization, token, wantToken } from "./token";

export interface Page<Item> {
  items: Item[];
  total: number;
}

export interface Paging {
  skip?: number;
  limit?: number;
}

/** A request with the token, where there is one. Throws Away and Refused, or AbortError when `signal` ends it. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const carried = token();
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers: { ...authorization(), ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Away(String(error));
  }
  if (response.ok) return response;
  if (response.status === 401) wantToken(carried);
  throw failureOf(response.status, await response.text().catch(() => ""));
}

/** The body as JSON; a connection that breaks in its midst counts as away. */
async function json<Value>(response: Response, signal?: AbortSignal): Promise<Value> {
  try {
    return (await response.json()) as Value;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Away(String(error));
  }
}

async function get<Value>(path: string, signal?: AbortSignal): Promise<Value> {
  return json(await request(path, { signal }), signal);
}

async function getPage<Item>(path: string, signal?: AbortSignal): Promise<Page<Item>> {
  const response = await request(path, { signal });
  const items = await json<Item[]>(response, signal);
  return { items, total: Number(response.headers.get("X-Total-Count") ?? items.length) };
}

async function post(path: string, body: unknown): Promise<TaskResponse> {
  const headers = { "Content-Type": "application/json" };
  return json(await request(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function remove(path: string): Promise<Response> {
  return request(path, { method: "DELETE" });
}

/** A query of what is given. */
export function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

export const listVideos = (choice: Paging & { q?: string }, signal?: AbortSignal) =>
  getPage<VideoResponse>(`/videos/${query({ ...choice })}`, signal);
export const findVideo = (id: number, signal?: AbortSignal) => get<VideoResponse>(`/videos/${id}/`, signal);
export const deleteVideo = (id: number) => remove(`/videos/${id}/`);

export const listEstimations = (choice: Paging & { video_id?: number }, signal?: AbortSignal) =>
  getPage<EstimationResponse>(`/estimations/${query({ ...choice })}`, signal);
export const findEstimation = (id: number, signal?: AbortSignal) =>
  get<EstimationResponse>(`/estimations/${id}/`, signal);
export const deleteEstimation = (id: number) => remove(`/estimations/${id}/`);
export const submitEstimation = (input: SubmitEstimation) => post("/estimations/submit/", input);

export const listVisualizations = (choice: Paging & { estimation_id?: number }, signal?: AbortSignal) =>
  getPage<VisualizationResponse>(`/visualizations/${query({ ...choice })}`, signal);
export const deleteVisualization = (id: number) => remove(`/visualizations/${id}/`);
export const submitVisualization = (input: SubmitVisualization) => post("/visualizations/submit/", input);

export const listTasks = (choice: Paging & { state?: TaskStatus; video_id?: number }, signal?: AbortSignal) =>
  getPage<TaskResponse>(`/tasks/${query({ ...choice })}`, signal);
export const cancelTask = async (id: string) => json<TaskResponse>(await remove(`/tasks/${id}/`));

export const readLimits = (signal?: AbortSignal) => get<LimitsResponse>("/limits/", signal);
export const listEstimators = (signal?: AbortSignal) => get<EstimatorResponse[]>("/estimators/", signal);

export const videoPath = (id: number) => `/videos/download/${id}/`;
export const posterPath = (id: number) => `/videos/${id}/poster/`;
export const archivePath = (id: number, format: "archive" | "json" | "csv" = "archive") =>
  `/estimations/download/${id}/${format === "archive" ? "" : `?format=${format}`}`;
export const renderingPath = (id: number) => `/visualizations/download/${id}/`;
