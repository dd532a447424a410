#include "service/cli/commands.h"
#include "service/cli/help.h"
#include "service/cli/words.h"

namespace posthaste::cli {
namespace {

// A command that asks nobody.
CLI::App* AddOwn(CLI::App& parent, CommandLine& words, const std::string& name,
                 const std::string& what, const char* footer,
                 int (*command)(const TemplateOptions&, Terminal&)) {
  CLI::App* added = Add(parent, name, what, footer);
  added->final_callback([&words, command] {
    words.chosen = [&words, command](Terminal& terminal) {
      return command(words.templates, terminal);
    };
  });
  return added;
}

void AddFolder(CLI::App& app, TemplateOptions& options) {
  AddText(app, "folder", options.folder, "The template's folder", "FOLDER")->required();
}

void AddWorkshop(CLI::App& parent, CommandLine& words) {
  TemplateOptions& options = words.templates;
  CLI::App* lint = AddOwn(parent, words, "lint", "Say what is wrong with a template",
                          help::kTemplateLintFooter, LintTemplate);
  AddFolder(*lint, options);
  CLI::App* preview = AddOwn(parent, words, "preview", "Write a template as mail, with its samples",
                             help::kTemplatePreviewFooter, PreviewTemplate);
  AddFolder(*preview, options);
  AddText(*preview, "--locale", options.locale, "Only this language [every one]");
  AddText(*preview, "--out", options.out, "Where the files go [.]", "DIR");
  preview
      ->add_option("--var", options.variables,
                   "NAME=TEXT or NAME:=JSON in place of a sample; again for more")
      ->type_name("VAR");
  preview->add_flag("--watch", options.watch, "Again whenever a file is saved, until Ctrl-C");
  AddText(*preview, "--data-dir", options.data_dir,
          "Of the sandbox whose console shows what is watched", "DIR");
  preview->add_flag("--no-picture", options.no_picture, "No .png, though Chromium is there");
  CLI::App* made = AddOwn(parent, words, "new", "Begin a template that lints clean",
                          help::kTemplateNewFooter, NewTemplate);
  AddText(*made, "name", options.name, "Its name: a-z, 0-9 and _", "NAME")->required();
  AddText(*made, "--class", options.mail_class, "notice or general [notice]", "CLASS");
  AddText(*made, "--out", options.out, "Where its folder goes [.]", "DIR");
}

}  // namespace

void AddTemplates(CLI::App& app, CommandLine& words) {
  TemplateOptions& options = words.templates;
  CLI::App* parent =
      Add(app, "template", "Write, try and publish templates", help::kTemplateFooter);
  parent->require_subcommand(1);
  AddWorkshop(*parent, words);
  AddAsking(*parent, words, options, "list", "The templates that are sent now",
            help::kTemplateFooter, ListTemplates);
  CLI::App* publish =
      AddAsking(*parent, words, options, "publish", "Make a folder what is sent from now",
                help::kTemplatePublishFooter, PublishTemplate);
  AddFolder(*publish, options);
  publish->add_flag("--validate-only", options.validate_only, "Only say whether it could be");
  AddText(*publish, "--expect", options.publication,
          "Only if this publication is in force; none: if none is", "ID");
  CLI::App* rollback =
      AddAsking(*parent, words, options, "rollback", "Go back to what was published before",
                help::kTemplatePublishFooter, RollbackTemplate);
  AddText(*rollback, "name", options.name, "The template", "NAME")->required();
  AddText(*rollback, "--to", options.publication,
          "A publication; none: as the folders have it [the one before]", "ID");
}

}  // namespace posthaste::cli
