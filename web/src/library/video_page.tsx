export function VideoPage({ videoId }: { videoId: number }) {
  return <h1 tabIndex={-1}>{videoId}</h1>;
}
