// What is on the desk once there is a photo: all of them, one large, its details, and the button that files.
import "../images/images.css";
import "../stage/stage.css";
import "../details/details.css";
import "../details/site/site.css";
import "../filing/actionBar.css";
import { useStore } from "../context";
import { DetailsPanel } from "../details/DetailsPanel";
import { ActionBar } from "../filing/ActionBar";
import { Rail } from "../images/rail/Rail";
import { Stage } from "../stage/Stage";

export default function Board() {
  const { preferences } = useStore();
  return (
    <>
      <main class="columns" data-layout={preferences.layout.value}>
        <Rail />
        <Stage />
        <DetailsPanel />
      </main>
      <ActionBar />
    </>
  );
}
