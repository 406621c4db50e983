// Package shape stands inside replay, below the plan: it tells from the look
// of a single value, and from the name of its field, what the value is likely
// to be. Recordings often show a message once only; then there is nothing else
// to go by.
package shape
