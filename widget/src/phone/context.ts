// How a component of the phone page reaches its store.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PhoneStore } from "./store";

export const PhoneContext = createContext<PhoneStore | null>(null);

export function usePhone(): PhoneStore {
  const store = useContext(PhoneContext);
  if (!store) throw new Error("The store is missing above this component.");
  return store;
}
