/** The conformance suite examines the practice system, too, as an adapter of its own. */
import { practiceConfig } from './simulator.ts';

export const variants = { 'practice-rest': practiceConfig };
