import { type ReactNode, useState } from "react";
import { request } from "../api/client";
import { asFailure, type Failure } from "../api/failure";
import { token } from "../api/token";
import { Dialog } from "./dialog";
import { Icon } from "./icon";
import { FailureNotice } from "./states";
import { texts } from "../texts";

const nameIn = (disposition: string | null) => /filename="([^"]*)"/.exec(disposition ?? "")?.[1] ?? "";

/** Links send no token: what it guards is fetched, then saved under the name that the service gives. */
async function save(path: string) {
  const response = await request(path);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = nameIn(response.headers.get("Content-Disposition"));
  link.click();
  URL.revokeObjectURL(url);
}

interface DownloadLinkProperties {
  path: string;
  label?: string;
  className?: string;
  children: ReactNode;
}

export function DownloadLink({ path, label, className = "button button-small", children }: DownloadLinkProperties) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const follow = (event: { preventDefault: () => void }) => {
    if (token() === null) return;
    event.preventDefault();
    save(path).catch((thrown: unknown) => setFailure(asFailure(thrown)));
  };
  return (
    <>
      <a className={className} href={path} download aria-label={label} onClick={follow}>
        <Icon name="download" size={16} />
        {children}
      </a>
      {failure && (
        <Dialog title={texts.state.refusedTitle} onClose={() => setFailure(null)}>
          <FailureNotice failure={failure} />
        </Dialog>
      )}
    </>
  );
}
