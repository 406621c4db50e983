package main_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// links are the targets of Markdown's inline links and images.
var links = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)

// fences are the blocks in which nothing is a link.
var fences = regexp.MustCompile("(?ms)^```.*?^```")

// headings are what fragments name, and unspelled what is left out of them.
var (
	headings  = regexp.MustCompile(`(?m)^#+ (.*?)\s*$`)
	unspelled = regexp.MustCompile(`[^\pL\pN_-]`)
)

// pages returns the Markdown files that people read, from the module's root.
func pages(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	all := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"), filepath.Join(root, "CHANGELOG.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(name) == ".md" {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// leads reports whether there is a file, with a heading for the fragment if the
// link names one.
func leads(target, fragment string) bool {
	if fragment == "" {
		_, err := os.Stat(target)
		return err == nil
	}
	text, err := os.ReadFile(target)
	for _, heading := range headings.FindAllSubmatch(text, -1) {
		slug := strings.ReplaceAll(strings.ToLower(string(heading[1])), " ", "-")
		if unspelled.ReplaceAllString(slug, "") == fragment {
			return true
		}
	}
	return err == nil && filepath.Ext(target) != ".md"
}

func TestLinksLeadToFiles(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllSubmatch(fences.ReplaceAll(text, nil), -1) {
			to, err := url.Parse(string(link[1]))
			if err != nil || to.Scheme != "" {
				continue // another site's
			}
			seen++
			target := page
			if to.Path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(to.Path))
			}
			if !leads(target, to.Fragment) {
				t.Errorf("%s: %s leads nowhere", strings.TrimPrefix(filepath.ToSlash(page), "../../"), to)
			}
		}
	}
	if seen == 0 {
		t.Error("no links were found")
	}
}
