package apidoc

// Infer returns the schema of JSON texts, as samples of one kind.
func Infer(tuple bool, texts ...string) *Schema {
	budget := maxNodes
	p := payloads{budget: &budget, tuple: tuple}
	for _, t := range texts {
		p.add(Example{Payload: []byte(t)})
	}
	return p.schema()
}

// PatternOf returns the pattern of the first path, where all were seen.
func PatternOf(noted []Key, paths ...string) string {
	p := newPatterns(noted)
	for _, path := range paths {
		p.see("GET", "h", path)
	}
	return p.of("GET", "h", paths[0])
}

// MaxNodes is the budget of one endpoint.
const MaxNodes = maxNodes
