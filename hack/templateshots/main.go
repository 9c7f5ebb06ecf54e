// Command templateshots writes pictures of the built-in templates with sample
// values: on a telephone and on a desktop, light and dark.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
)

// colors of a picture: a palette keeps it small.
const colors = 64

func main() {
	out := flag.String("out", "docs/templates", "folder for the pictures")
	program := flag.String("chromium", "chromium", "browser to take them with")
	flag.Parse()
	if err := run(context.Background(), browser{*program}, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "templateshots:", err)
		os.Exit(1)
	}
}

// run takes pictures of the templates that are named, or of all.
func run(ctx context.Context, b browser, out string, names []string) error {
	messages, err := render()
	if err != nil {
		return err
	}
	url, err := serve(ctx, messages)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if len(names) == 0 {
		for name := range messages {
			names = append(names, name)
		}
	}
	for _, name := range names {
		size, err := picture(ctx, b, url+"/sheet/"+name, filepath.Join(out, name+".png"))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Printf("%s.png: %d kB\n", name, size/1000)
	}
	return nil
}

// picture returns the size of the file in octets.
func picture(ctx context.Context, b browser, url, file string) (int, error) {
	trouble, err := b.title(ctx, url, sheetWidth, tallest)
	if err != nil {
		return 0, err
	}
	if trouble != "" {
		return 0, fmt.Errorf("the message is %s", trouble)
	}
	img, err := b.shoot(ctx, url, sheetWidth, tallest)
	if err != nil {
		return 0, err
	}
	var data bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&data, reduce(crop(img, gap), colors)); err != nil {
		return 0, err
	}
	return data.Len(), os.WriteFile(file, data.Bytes(), 0o644)
}
