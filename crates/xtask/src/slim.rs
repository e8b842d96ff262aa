//! What wasm-bindgen leaves in a release that a browser need not load.
//!
//! - It names what the module and its JavaScript have of each other by name and hash: 200 names of 40 letters, in both
//!   files, and a hash does not compress.
//! - It keeps what a crate offers to JavaScript, whether the page asks for it or not, and with it the code behind.
//! - Its JavaScript is laid out for readers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use walrus::Module;

/// What a page's script asks of the glue besides `init` (`app/src/living.rs`).
const ASKED: &str = "hydrate";

/// Makes module and glue smaller. They fit each other before and after.
pub(crate) fn slim(module: &mut Module, js: &str) -> Result<String> {
    let js = without_classes(&bare(js)?)?;
    drop_exports(module, &js);
    let js = without_imports(&js, module)?;
    let names = short_names(module, &js);
    for import in module.imports.iter_mut() {
        rename(&mut import.name, &names);
    }
    for export in module.exports.iter_mut() {
        rename(&mut export.name, &names);
    }
    Ok(words(&js).map(|word| names.get(word).map_or(word, String::as_str)).collect())
}

fn rename(name: &mut String, names: &BTreeMap<String, String>) {
    if let Some(short) = names.get(name) {
        name.clone_from(short);
    }
}

/// Without indentation, empty lines, and lines that are comments.
fn bare(js: &str) -> Result<String> {
    let mut bare = String::with_capacity(js.len());
    let mut comment = false;
    for line in js.lines().map(str::trim) {
        if line.matches('`').count() % 2 == 1 {
            bail!(
                "the glue has a template of several lines, in which indentation may mean something: {line}"
            );
        }
        let starts = line.starts_with("/*");
        if !comment && !starts && !line.is_empty() && !line.starts_with("//") {
            bare.push_str(line);
            bare.push('\n');
        }
        comment = (comment || starts) && !line.ends_with("*/");
    }
    Ok(bare)
}

/// Without the classes that crates offer and the page does not ask for. Nothing in the glue makes one of them.
fn without_classes(js: &str) -> Result<String> {
    let classes: Vec<&str> =
        js.lines().filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {")).collect();
    let mut kept = String::with_capacity(js.len());
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        let of_class = |opening: &str, rest: &str| {
            classes.iter().any(|class| {
                line.strip_prefix(opening)
                    .and_then(|line| line.strip_prefix(class))
                    .is_some_and(|line| line.starts_with(rest))
            })
        };
        if of_class("export class ", " {") {
            skip_block(line, &mut lines)?;
        } else if of_class("const ", "Finalization = ") {
            // One expression, which ends with the first semicolon at a line's end.
            let mut line = line;
            while !line.ends_with(");") {
                let Some(next) = lines.next() else { bail!("the glue ends within `{line}`") };
                line = next;
            }
        } else if !of_class("if (Symbol.dispose) ", ".") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    for class in classes {
        if let Some(line) = kept.lines().find(|line| words(line).any(|word| word == class)) {
            bail!("the glue still needs its class {class}: {line}");
        }
    }
    Ok(kept)
}

/// Skips lines until the brackets that `first` opens are closed.
fn skip_block<'a>(first: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> Result<()> {
    let mut line = first;
    let mut open = 0_i64;
    loop {
        for letter in line.chars() {
            open += match letter {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
        }
        if open <= 0 {
            return Ok(());
        }
        let Some(next) = lines.next() else { bail!("the glue ends within `{first}`") };
        line = next;
    }
}

/// Drops from the module what the glue never asks for, and what only that needed.
fn drop_exports(module: &mut Module, js: &str) {
    let asked: BTreeSet<&str> = words(js).collect();
    let unasked = |name: &str| name != ASKED && !asked.contains(name);
    let unasked: Vec<_> =
        module.exports.iter().filter(|export| unasked(&export.name)).map(walrus::Export::id).collect();
    for export in unasked {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(module);
}

/// Without the functions of the glue that the module does not ask for any more.
fn without_imports(js: &str, module: &Module) -> Result<String> {
    let asked: BTreeSet<&str> = module.imports.iter().map(|import| import.name.as_str()).collect();
    let mut kept = String::with_capacity(js.len());
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        match line.split_once(": function(") {
            Some((name, _)) if is_name(name) && !asked.contains(name) => skip_block(line, &mut lines)?,
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    Ok(kept)
}

fn is_name(word: &str) -> bool {
    word.starts_with("__wb") && word.bytes().all(is_part_of_name)
}

/// A name of two or three letters for each that only module and glue know.
fn short_names(module: &Module, js: &str) -> BTreeMap<String, String> {
    let taken: BTreeSet<&str> = words(js).collect();
    let imports = module.imports.iter().map(|import| import.name.as_str());
    let exports = module.exports.iter().map(|export| export.name.as_str());
    let long = imports.chain(exports).filter(|name| name.contains("__"));
    let mut short = (0..).map(|number| format!("_{number}")).filter(|name| !taken.contains(name.as_str()));
    let mut names = BTreeMap::new();
    for name in long {
        if !names.contains_key(name) {
            names.insert(name.to_owned(), short.next().unwrap_or_else(|| name.to_owned()));
        }
    }
    names
}

fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// Names, and what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let named = rest.bytes().next().map(is_part_of_name)?;
        let end = rest.bytes().position(|byte| is_part_of_name(byte) != named).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, FunctionId};

    use super::*;

    const GLUE: &str = r#"
        export class Source {
            /**
             * @returns {any}
             */
            pull(controller) {
                const ret = wasm.source_pull(this.__wbg_ptr, `${controller}`);
                return ret;
            }
        }
        if (Symbol.dispose) Source.prototype[Symbol.dispose] = Source.prototype.free;

        export function hydrate() {
            wasm.hydrate();
        }
        function __wbg_get_imports() {
            const import0 = {
                __proto__: null,
                __wbg_gone_fedcba9876543210: function() { return handleError(function (arg0) {
                    arg0.gone({ a: 1 });
                }, arguments); },
                __wbg_say_0123456789abcdef: function(arg0) {
                    // Says it.
                    say(arg0, wasm.__wbindgen_malloc);
                },
            };
            return { "./glue_bg.js": import0 };
        }
        const SourceFinalization = (typeof FinalizationRegistry === 'undefined')
            ? { register: () => {}, unregister: () => {} }
            : new FinalizationRegistry(ptr => wasm.__wbg_source_free(ptr, 1));
        const _0 = 'taken';
        "#;

    /// Exports that call an import each, or nothing.
    fn module() -> Module {
        let mut module = Module::default();
        let nothing = module.types.add(&[], &[]);
        let (say, _) = module.add_import_func("./glue_bg.js", "__wbg_say_0123456789abcdef", nothing);
        let (gone, _) = module.add_import_func("./glue_bg.js", "__wbg_gone_fedcba9876543210", nothing);
        let mut offer = |name: &str, calls: Option<FunctionId>| {
            let mut function = FunctionBuilder::new(&mut module.types, &[], &[]);
            if let Some(called) = calls {
                function.func_body().call(called);
            }
            let function = function.finish(vec![], &mut module.funcs);
            module.exports.add(name, function);
        };
        offer("hydrate", Some(say));
        offer("source_pull", Some(gone));
        offer("__wbg_source_free", None);
        offer("__wbindgen_malloc", None);
        module
    }

    #[test]
    fn module_and_glue_say_the_same_short_names_and_nothing_that_nobody_asks_for() {
        let mut module = module();
        let js = slim(&mut module, GLUE).unwrap();
        let expected = "export function hydrate() {\nwasm.hydrate();\n}\nfunction __wbg_get_imports() {\nconst import0 = {\n\
            __proto__: null,\n_1: function(arg0) {\nsay(arg0, wasm._2);\n},\n};\nreturn { \"./glue_bg.js\": import0 };\n}\n\
            const _0 = 'taken';\n";
        assert_eq!(js, expected);
        let imports: Vec<&str> = module.imports.iter().map(|import| import.name.as_str()).collect();
        assert_eq!(imports, ["_1"]);
        let exports: Vec<&str> = module.exports.iter().map(|export| export.name.as_str()).collect();
        assert_eq!(exports, ["hydrate", "_2"]);
        assert_eq!(module.funcs.iter().count(), 3, "what only the class needed is gone");
    }

    #[test]
    fn glue_of_another_make_is_an_error() {
        for (glue, why) in [
            ("const a = `one\ntwo`;", "several lines"),
            ("export class Source {\npull() {", "ends within"),
            ("export class Source {\n}\nreturn new Source();", "still needs"),
            ("export class A {\n}\nconst AFinalization = 1 +\n2", "ends within"),
        ] {
            let error = slim(&mut module(), glue).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
