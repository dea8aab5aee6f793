// A button of the stage: an icon with a name.
import { withKeys } from "../../shared/wording";
import { Icon, type IconName } from "../Icon";

type ToolProps = { name: string; icon: IconName; keys?: string; off?: boolean; act: () => void };

/** Off, it stays in the tab order, so that pressing it to the end doesn't lose the focus. */
export const StageTool = ({ name, icon, keys, off = false, act }: ToolProps) => (
  <button
    type="button"
    class="button icon-only quiet"
    aria-label={name}
    title={keys ? withKeys(name, keys) : name}
    aria-disabled={off}
    onClick={() => !off && act()}
  >
    <Icon name={icon} />
  </button>
);
