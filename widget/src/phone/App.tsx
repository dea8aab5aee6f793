// The phone page: who is photographed, always on top; then one thing at a time.
import { Bars } from "./Bars";
import { usePhone } from "./context";
import { Look } from "./lightbox/Lightbox";
import { Threshold } from "./link/LinkGate";
import { Who } from "./link/PatientBanner";
import { Roll } from "./pending/PendingGrid";

export function App() {
  const { link, lookingAt, roll, arrived } = usePhone();
  if (!link.open.value) return <Threshold />;
  const key = lookingAt.value;
  const shot = roll.shots.value.find((each) => each.key === key);
  const image = arrived.images.value.find((each) => each.id === key);
  return (
    <div class="phone">
      <Who />
      <Bars />
      {shot || image ? <Look shot={shot} image={image} key={key} /> : <Roll />}
    </div>
  );
}
