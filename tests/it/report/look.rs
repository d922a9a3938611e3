//! Every sample in every format, written where a person can look at it.

use std::fs;
use std::path::Path;

use rehearsal::report::{Format, terminal};

use super::sample;

#[test]
#[ignore = "writes target/tmp/look for a person to look at"]
fn look() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("look");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    for (name, report) in sample::all() {
        for format in Format::ALL {
            if let Ok(text) = format.render(&report) {
                fs::write(folder.join(format!("{name}.{format}")), text)
                    .expect("the target folder is writable");
            }
        }
        for width in [60, 80, 120] {
            let path = folder.join(format!("{name}-{width}.ansi"));
            fs::write(path, terminal::render(&report, width)).expect("the target folder is writable");
        }
    }
}
