// Renders campaigns as listmonk does (models/campaigns.go, CompileTemplate): the body
// and the alternative text with html/template, the subject with text/template.
//
// Reads a JSON list of campaigns from standard input, writes a JSON list of results.
package main

import (
	"bytes"
	"encoding/json"
	html "html/template"
	"os"
	"regexp"
	"strings"
	text "text/template"
)

type campaign struct {
	Template string `json:"template"`
	Body     string `json:"body"`
	AltBody  string `json:"altbody"`
	Subject  string `json:"subject"`
	Name     string `json:"name"`
}

type result struct {
	Body    string `json:"body"`
	AltBody string `json:"altbody"`
	Subject string `json:"subject"`
	Error   string `json:"error"`
}

type subscriber struct {
	Email string
	Name  string
}

// FirstName is the first word of the name.
func (s subscriber) FirstName() string {
	for _, word := range strings.Fields(s.Name) {
		if len(word) > 2 {
			return word
		}
	}
	return s.Name
}

type message struct{ Subscriber subscriber }

var shorthands = []struct {
	pattern *regexp.Regexp
	full    string
}{
	{regexp.MustCompile(`{{\s*TrackLink\s+"([^"]+)"\s*}}`), `{{ TrackLink "$1" . }}`},
	{
		regexp.MustCompile(`(https?://[\p{L}\p{N}_\-\.~!#$&'()*+,/:;=?@\[\]]*)@TrackLink`),
		`{{ TrackLink "$1" . }}`,
	},
	{
		regexp.MustCompile(`{{(\s+)?(TrackView|UnsubscribeURL|ManageURL|OptinURL|MessageURL)(\s+)?}}`),
		`{{ $2 . }}`,
	},
}

var functions = map[string]any{
	"TrackLink":      func(url string, _ *message) string { return "https://listmonk.example/tracked" },
	"TrackView":      func(_ *message) html.HTML { return `<img src="https://listmonk.example/pixel">` },
	"UnsubscribeURL": func(_ *message) string { return "https://listmonk.example/unsubscribe" },
	"ManageURL":      func(_ *message) string { return "https://listmonk.example/manage" },
	"OptinURL":       func(_ *message) string { return "https://listmonk.example/optin" },
	"MessageURL":     func(_ *message) string { return "https://listmonk.example/message" },
	"Safe":           func(markup string) html.HTML { return html.HTML(markup) },
	// As in the library of functions that listmonk bundles.
	"default": func(fallback any, given ...any) any {
		if len(given) == 0 || given[0] == nil || given[0] == "" {
			return fallback
		}
		return given[0]
	},
}

func expand(source string) string {
	for _, one := range shorthands {
		source = one.pattern.ReplaceAllString(source, one.full)
	}
	return source
}

func hasExpression(source string) bool {
	_, after, found := strings.Cut(source, "{{")
	return found && strings.Contains(after, "}}")
}

func render(c campaign) (out result, err error) {
	data := &message{subscriber{Email: "ada@example.org", Name: c.Name}}
	base, err := html.New("base").Funcs(functions).Parse(expand(c.Template))
	if err != nil {
		return out, err
	}
	content, err := html.New("content").Funcs(functions).Parse(expand(c.Body))
	if err != nil {
		return out, err
	}
	if base, err = base.AddParseTree("content", content.Tree); err != nil {
		return out, err
	}
	var buffer bytes.Buffer
	if err = base.ExecuteTemplate(&buffer, "base", data); err != nil {
		return out, err
	}
	out.Body = buffer.String()

	out.AltBody = c.AltBody
	if hasExpression(c.AltBody) {
		alternative, err := html.New("content").Funcs(functions).Parse(expand(c.AltBody))
		if err != nil {
			return out, err
		}
		buffer.Reset()
		if err = alternative.Execute(&buffer, data); err != nil {
			return out, err
		}
		out.AltBody = buffer.String()
	}

	out.Subject = c.Subject
	if hasExpression(c.Subject) {
		subject, err := text.New("content").Funcs(functions).Parse(expand(c.Subject))
		if err != nil {
			return out, err
		}
		buffer.Reset()
		if err = subject.Execute(&buffer, data); err != nil {
			return out, err
		}
		out.Subject = buffer.String()
	}
	return out, nil
}

func main() {
	var campaigns []campaign
	if err := json.NewDecoder(os.Stdin).Decode(&campaigns); err != nil {
		panic(err)
	}
	results := make([]result, 0, len(campaigns))
	for _, one := range campaigns {
		rendered, err := render(one)
		if err != nil {
			rendered.Error = err.Error()
		}
		results = append(results, rendered)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
