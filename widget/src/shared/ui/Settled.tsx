// A part that is drawn again only if what it shows has changed: comparing is cheaper than drawing and finding no difference.
import { Component, type ComponentChild } from "preact";
import { sameValues } from "../sameValues";

/** Handlers read `this.props` when they run, so that an older drawing calls the newest function. */
export abstract class Settled<Props extends object> extends Component<Props> {
  override shouldComponentUpdate(next: Readonly<Props>) {
    return !sameValues(this.props, next);
  }
  abstract override render(): ComponentChild;
}
