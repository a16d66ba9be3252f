import { type ReactNode, useId } from "react";

interface FieldProperties {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string;
}

/** A label, what it labels, and what there is to say about it. */
function Labelled({
  label,
  hint,
  error,
  children,
}: Pick<FieldProperties, "label" | "hint" | "error"> & { children: (id: string, notes: string) => ReactNode }) {
  const id = useId();
  const notes = `${id}-notes`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, notes)}
      <div id={notes}>
        {error && <p className="field-error">{error}</p>}
        {hint && <small>{hint}</small>}
      </div>
    </div>
  );
}

/** Numbers are texts as well, so that nothing typed is lost and the service itself says what is wrong. */
export function TextField({
  label,
  value,
  onChange,
  hint,
  error,
  isNumber = false,
  maxLength,
}: FieldProperties & { isNumber?: boolean; maxLength?: number }) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(id, notes) => (
        <input
          id={id}
          className="input"
          type="text"
          inputMode={isNumber ? "decimal" : undefined}
          value={value}
          maxLength={maxLength}
          autoComplete="off"
          aria-invalid={error ? true : undefined}
          aria-describedby={notes}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Labelled>
  );
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

export function ChoiceField({
  label,
  value,
  onChange,
  hint,
  error,
  options,
}: FieldProperties & { options: readonly Option[] }) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(id, notes) => (
        <select
          id={id}
          className="input"
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={notes}
          onChange={(event) => onChange(event.target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function Check({
  label,
  checked,
  onChange,
  hint,
  error,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: string;
  error?: string;
}) {
  return (
    <div className="field">
      <label className="check">
        <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
        {label}
      </label>
      {error && <p className="field-error">{error}</p>}
      {hint && <small>{hint}</small>}
    </div>
  );
}
