package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress tells how far something is: by a bar where w is a terminal, else, when it lasts, by a line for each tenth.
// It is not safe for concurrent use.
type Progress struct {
	w     io.Writer
	what  string
	bar   *progressbar.ProgressBar // nil where w is no terminal
	quiet time.Time                // no line before then: what is soon over tells nothing
	tenth int
	done  bool
}

// patience is how long something may last before lines tell of it.
const patience = 2 * time.Second

// barSteps is the resolution of a bar.
const barSteps = 1000

// NewProgress begins to tell. what names the work.
func NewProgress(w io.Writer, what string) *Progress {
	p := &Progress{w: w, what: what, quiet: time.Now().Add(patience)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(barSteps, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	}
	return p
}

// Set says that the part done, 0 to 1, is behind. Parts above 1, as of a search whose length is only expected, are
// told as nearly all.
func (p *Progress) Set(done float64) {
	if p.done || math.IsNaN(done) {
		return
	}
	if p.bar != nil {
		_ = p.bar.Set(int(min(max(done, 0), 1-1.0/barSteps) * barSteps)) // the terminal is gone, or it is not: nothing depends on it
		return
	}
	if tenth := int(min(max(done, 0), 0.99) * 10); tenth > p.tenth && !time.Now().Before(p.quiet) {
		p.tenth = tenth
		fmt.Fprintf(p.w, "%s: %d %%\n", p.what, 10*tenth)
	}
}

// Done ends it.
func (p *Progress) Done() {
	if p.done {
		return
	}
	p.done = true
	if p.bar != nil {
		_ = p.bar.Finish()
		return
	}
	if p.tenth > 0 {
		fmt.Fprintf(p.w, "%s: done\n", p.what)
	}
}
