// The body to press on: each region is a button that sets site and side; arrows move to the nearest region.
import { useRef, useState } from "preact/hooks";
import { sideNamed } from "../../shared/bodySites/sides";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { useStore } from "../context";
import { placeName } from "../details/site/RecentSites";
import type { Merged } from "../details/subjects";
import { locale } from "../locale";
import { bodyViews, type Region } from "./regions";

const words = locale.details.map;
const VIEWS = bodyViews();

export default function BodyMap({ merged }: { merged: Merged }) {
  const { session, details } = useStore();
  const [key, setKey] = useState("front");
  const [pointed, setPointed] = useState("");
  const able = session.capabilities.value;
  const view = VIEWS.find((one) => one.key === key);
  if (!able || !view) return null;
  const regions = view.regions.flatMap((region) => {
    const site = able.bodySites.find(({ code }) => code === region.code);
    return site ? [{ ...region, site, laterality: sideNamed(region.side, able.lateralities) }] : [];
  });
  const chosen = regions.find(
    ({ site, laterality }) =>
      merged.image.bodySite &&
      "code" in merged.image.bodySite &&
      merged.image.bodySite.code === site.code &&
      (merged.image.laterality?.code ?? null) === (laterality?.code ?? null),
  );

  function choose(region: (typeof regions)[number]) {
    const { system, code, display } = region.site;
    details.setSite({ system, code, display }, region.laterality);
  }

  return (
    <section class="body-map" aria-label={words.title}>
      <ChipGroup
        label={words.views}
        choices={VIEWS.map((one) => ({ value: one.key, label: words.names[one.key] ?? one.key }))}
        value={key}
        clearable={false}
        onChoose={(next) => next && setKey(next)}
      />
      <div class="body-map-drawing">
        <span aria-hidden="true">{words.edges[key]?.[0]}</span>
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no fieldset. */}
        <svg viewBox={`0 0 ${view.width} ${view.height}`} role="group" aria-label={words.names[key]}>
          {view.captions.map(([text, y]) => (
            <text key={text} x={view.width / 2} y={y}>
              {text}
            </text>
          ))}
          <Regions
            key={key}
            regions={regions.map((region) => ({
              ...region,
              name: placeName({ bodySite: region.site, laterality: region.laterality }),
            }))}
            chosen={chosen?.key ?? ""}
            onPoint={setPointed}
            onChoose={(at) => {
              const region = regions.find((one) => one.key === at);
              if (region) choose(region);
            }}
          />
        </svg>
        <span aria-hidden="true">{words.edges[key]?.[1]}</span>
      </div>
      <p class="body-map-name" aria-hidden="true">
        {pointed ||
          (chosen && placeName({ bodySite: chosen.site, laterality: chosen.laterality })) ||
          words.hint}
      </p>
    </section>
  );
}

type Named = Region & { name: string };
type Props = {
  regions: readonly Named[];
  chosen: string;
  onPoint: (name: string) => void;
  onChoose: (key: string) => void;
};

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function Regions({ regions, chosen, onPoint, onChoose }: Props) {
  const [at, setAt] = useState("");
  const drawn = useRef(new Map<string, SVGPolygonElement>());
  const stop = regions.some(({ key }) => key === at) ? at : chosen || (regions[0]?.key ?? "");

  function pressed(event: KeyboardEvent, region: Named) {
    const way = ARROWS[event.key];
    if (event.key === "Enter" || event.key === " ") onChoose(region.key);
    else if (way) {
      const next = nearest(region, regions, way);
      if (next) drawn.current.get(next.key)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <>
      {regions.map((region) => (
        // biome-ignore lint/a11y/useSemanticElements: an HTML button can't be a part of a drawing.
        <polygon
          key={region.key}
          ref={(element) => {
            if (element) drawn.current.set(region.key, element);
          }}
          points={region.points}
          role="button"
          aria-label={region.name}
          aria-pressed={region.key === chosen}
          tabIndex={region.key === stop ? 0 : -1}
          onClick={() => onChoose(region.key)}
          onKeyDown={(event) => pressed(event, region)}
          onFocus={() => {
            setAt(region.key);
            onPoint(region.name);
          }}
          onBlur={() => onPoint("")}
          onPointerEnter={() => onPoint(region.name)}
          onPointerLeave={() => onPoint("")}
        >
          <title>{region.name}</title>
        </polygon>
      ))}
    </>
  );
}

const middle = ({ points }: Region) => {
  const corners = points.split(" ").map((point) => point.split(",").map(Number));
  const mean = (axis: number) =>
    corners.reduce((sum, corner) => sum + (corner[axis] ?? 0), 0) / corners.length;
  return { x: mean(0), y: mean(1) };
};

/** The nearest region in this direction; sideways counts double, so that arrows go straight. */
function nearest(from: Region, regions: readonly Named[], [dx, dy]: [number, number]): Named | undefined {
  const here = middle(from);
  const far = (region: Region) => {
    const there = middle(region);
    const [x, y] = [there.x - here.x, there.y - here.y];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    return ahead <= 0.5 ? Number.POSITIVE_INFINITY : ahead + 2 * aside;
  };
  const best = [...regions].sort((a, b) => far(a) - far(b))[0];
  return best && Number.isFinite(far(best)) ? best : undefined;
}
