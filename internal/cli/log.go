package cli

import (
	"io"
	"log/slog"
)

// Logger writes structured lines to w, as the settings ask.
func Logger(w io.Writer, c Common) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, Usage("log level %q; want debug, info, warn or error", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, Usage("log format %q; want text or json", c.LogFormat)
}
