package draft

import (
	"fmt"
	"regexp"
	"strings"

	"crier.dev/crier/internal/message"
)

// contentID finds images that are to be in the message itself (RFC 2392), in a
// template: as an attribute, in a style, or as a value.
var contentID = regexp.MustCompile(`["'(]cid:([A-Za-z0-9._-]+)`)

// CheckImages says which image the HTML shows out of the message and isn't in
// it, if there is one: it would be a hole in every copy.
func CheckImages(frozen message.Frozen) error {
	there := map[string]bool{}
	for _, file := range frozen.Attachments {
		there[strings.ToLower(file.ContentID)] = true
	}
	documents := []string{frozen.HTML}
	for _, list := range frozen.Lists {
		documents = append(documents, list.HTML)
	}
	for _, document := range documents {
		for _, found := range contentID.FindAllStringSubmatch(document, -1) {
			if !there[strings.ToLower(found[1])] {
				return fmt.Errorf("the HTML shows cid:%s, and no attachment has the contentID %s", found[1], found[1])
			}
		}
	}
	return nil
}
