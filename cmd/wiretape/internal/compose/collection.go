package compose

import (
	"fmt"
	"regexp"
	"strings"
)

// Node is a folder, or a connection with messages to send on it, of a
// collection.
type Node struct {
	Name       string    `json:"name"`
	Folder     *[]Node   `json:"folder,omitempty"` // nil: no folder
	Connection *Target   `json:"connection,omitempty"`
	Messages   []Message `json:"messages,omitempty"`
}

// Environment is a named set of variables.
type Environment struct {
	Name string            `json:"name"`
	Vars map[string]string `json:"vars"`
}

// Environments are all environments, and which of them is in use.
type Environments struct {
	Current string        `json:"current"` // "" for none
	Items   []Environment `json:"items"`
}

// Vars returns the variables of the environment in use.
func (e *Environments) Vars() map[string]string {
	for _, env := range e.Items {
		if env.Name == e.Current {
			return env.Vars
		}
	}
	return nil
}

// File is a collection with its environments in one JSON file, fit to be kept
// under version control: there are no secrets in it.
type File struct {
	Wiretape     string       `json:"wiretape"` // "collection"
	Version      int          `json:"version"`  // 1
	Collection   []Node       `json:"collection"`
	Environments Environments `json:"environments"`
}

// maxFolders bounds folders in folders.
const maxFolders = 16

// CheckNodes returns what cannot be kept of a collection, as a *TargetError.
func CheckNodes(nodes []Node) error { return checkNodes(nodes, 0) }

func checkNodes(nodes []Node, depth int) error {
	if depth > maxFolders {
		return &TargetError{Part: "the collection", Why: fmt.Sprintf("there are folders in more than %d folders", maxFolders)}
	}
	for _, n := range nodes {
		switch {
		case strings.TrimSpace(n.Name) == "":
			return &TargetError{Part: "the collection", Why: "something in it has no name"}
		case (n.Folder != nil) == (n.Connection != nil):
			return &TargetError{Part: n.Name, Why: "it is not a folder or a connection"}
		case n.Folder != nil && len(n.Messages) > 0:
			return &TargetError{Part: n.Name, Why: "a folder has messages"}
		case n.Folder != nil:
			if err := checkNodes(*n.Folder, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckEnvironments returns what cannot be kept of environments, as a
// *TargetError.
func CheckEnvironments(e *Environments) error {
	seen := map[string]bool{}
	for _, env := range e.Items {
		if strings.TrimSpace(env.Name) == "" || seen[env.Name] {
			return &TargetError{Part: "the environments", Why: fmt.Sprintf("%q is no name, or is there twice", env.Name)}
		}
		seen[env.Name] = true
		for name := range env.Vars {
			if !isName(name) || strings.HasPrefix(name, "$") || strings.HasPrefix(name, "env.") {
				return &TargetError{Part: env.Name, Why: fmt.Sprintf("%q cannot be the name of a variable", name), hint: "letters, digits, - _ and . can, after a letter"}
			}
		}
	}
	if e.Current != "" && !seen[e.Current] {
		return &TargetError{Part: "the environments", Why: fmt.Sprintf("there is no %q", e.Current)}
	}
	return nil
}

// envName finds the names of {{env.NAME}}.
func envNames(text string, found func(name string)) {
	for _, m := range regexp.MustCompile(`env\.([A-Za-z_][A-Za-z0-9_]*)`).FindAllStringSubmatch(text, -1) {
		found(m[1])
	}
}
