package main

import (
	"fmt"

	"crier.dev/crier/internal/writing/builtin"
	"crier.dev/crier/internal/writing/builtin/sample"
)

// render returns the HTML of each sample by the name of its template.
func render() (map[string]string, error) {
	messages := map[string]string{}
	for _, name := range builtin.Names() {
		in, err := sample.Input(name)
		if err != nil {
			return nil, err
		}
		message, err := sample.Render(in, sample.Recipient)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		messages[name] = message.HTML
	}
	return messages, nil
}
