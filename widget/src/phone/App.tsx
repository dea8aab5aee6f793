// The phone page: who is photographed, always on top; then one thing at a time.
import { Bars } from "./Bars";
import { usePhone } from "./context";
import { Lightbox } from "./lightbox/Lightbox";
import { LinkGate } from "./link/LinkGate";
import { PatientBanner } from "./link/PatientBanner";
import { Pending } from "./pending/PendingGrid";

export function App() {
  const { link, opened, pending, sentImages } = usePhone();
  if (!link.open.value) return <LinkGate />;
  const key = opened.value;
  const pendingImage = pending.images.value.find((each) => each.key === key);
  const image = sentImages.images.value.find((each) => each.id === key);
  return (
    <div class="phone">
      <PatientBanner />
      <Bars />
      {pendingImage || image ? <Lightbox pendingImage={pendingImage} image={image} key={key} /> : <Pending />}
    </div>
  );
}
