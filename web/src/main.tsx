import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startTaskFeed } from "./api/task_feed";
import { startToken } from "./api/token";
import { Application } from "./application";
import { Boundary } from "./boundary";
import { guardUploads } from "./library/uploads";
import "./styles/index.css";
import { startTheme } from "./theme";

startTheme();
startToken();
startTaskFeed();
guardUploads();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Boundary>
      <Application />
    </Boundary>
  </StrictMode>,
);
